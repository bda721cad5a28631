// Loaded before scripts/start.ts: the first record that anybody asks for is not there, so that a check must fail.
const honest = globalThis.fetch;
let isDone = false;

globalThis.fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : input.toString();
  if (isDone || !url.includes("/v1/records/")) return honest(input, init);
  isDone = true;
  return Response.json({ error: "RecordUnknown", message: "sabotaged", remedy: "none" }, { status: 404 });
};
