/** Cuts the bytes of a file into lines without reading them as text: each byte of the file is in exactly one line. */

const NEWLINE = 0x0a

/**
 * The lines of a file, each with its newline; the last one without where the file ends without. Only LF ends a line.
 * A line longer than `longest` bytes is handed out as far as it was read, and nothing after it.
 */
export async function* bytesByLine(
  chunks: AsyncIterable<Uint8Array>,
  longest: number,
): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end + 1)])
      begun = []
      size = 0
      from = end + 1
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > longest) break
  }
  if (size > 0) yield Buffer.concat(begun)
}
