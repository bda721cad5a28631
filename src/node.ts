/** What takes a disk: for Node. */
export { FolderStore } from "./client/folderStore.ts";
