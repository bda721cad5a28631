/** An event of a stream: its bytes as they came, with the empty line that ends them, and its data. */
export interface StreamEvent {
  readonly bytes: Uint8Array;
  /** Undefined where it has none, as a comment. */
  readonly data: string | undefined;
}

/** A stream that is none of events: it has no end of one for longer than any event is. */
export class EventStreamError extends Error {
  override readonly name = "EventStreamError";
}

/** The longest event, in bytes. */
const MAX_EVENT = 1024 * 1024;

/** Takes a stream of server-sent events apart, byte for byte. @throws EventStreamError where an event has no end */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = endOfEvent(rest); end !== undefined; end = endOfEvent(rest)) {
      const bytes = Uint8Array.from(rest.subarray(0, end));
      rest = rest.subarray(end);
      yield { bytes, data: dataOf(bytes) };
    }
    if (rest.length > MAX_EVENT) throw new EventStreamError(`an event of more than ${MAX_EVENT} bytes`);
  }
  if (rest.toString("latin1").trim() !== "") throw new EventStreamError("the stream ends within an event");
}

/** Where the first event ends, its empty line included. */
function endOfEvent(bytes: Buffer): number | undefined {
  const ends = ["\n\n", "\r\n\r\n"]
    .map((mark) => ({ place: bytes.indexOf(mark, 0, "latin1"), length: mark.length }))
    .filter(({ place }) => place !== -1)
    .map(({ place, length }) => place + length);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function dataOf(bytes: Uint8Array): string | undefined {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, ""));
  return data.length === 0 ? undefined : data.join("\n");
}
