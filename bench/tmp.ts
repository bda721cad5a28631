import { measureCourts } from "./courts.ts";
console.log(await measureCourts());
process.exit(0);
