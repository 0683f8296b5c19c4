/**
 * One bounded POST: to one address, never to where it redirects, until a number of bytes or an abort. What
 * goes wrong is a value. Texts of errors are not repeated: the client's own name the header with the key.
 */

/** What to send. */
export interface PostInput {
  readonly url: string
  readonly body: string
  /** Goes into the `authorization` header; null: none is sent. */
  readonly apiKey: string | null
  /** Bytes of the reply that are read at most. */
  readonly mostBytes: number
  readonly signal: AbortSignal
}

/** What came back. `status` is null if nothing did. */
export interface PostResult {
  readonly status: number | null
  /** The reply as far as it was read, our key taken out. */
  readonly text: string
  /** Null: the reply is whole. */
  readonly failure: string | null
  readonly retryAfterMs: number | null
}

/** Sends and reads. Never throws. */
export async function post(input: PostInput): Promise<PostResult> {
  let response: Response
  try {
    response = await fetch(input.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        // Questions are minutes apart: a connection kept until the next is one the server may be closing just then,
        // and a question on it is lost.
        connection: 'close',
        ...(input.apiKey === null ? {} : { authorization: `Bearer ${input.apiKey}` }),
      },
      body: input.body,
      signal: input.signal,
    })
  } catch (error) {
    return { status: null, text: '', failure: reasonOf(error), retryAfterMs: null }
  }
  const { text, failure } = await readBody(response, input.mostBytes)
  return {
    status: response.status,
    text: input.apiKey === null ? text : text.replaceAll(input.apiKey, '[key]'),
    failure,
    retryAfterMs: secondsOf(response.headers.get('retry-after')),
  }
}

async function readBody(
  response: Response,
  mostBytes: number,
): Promise<{ text: string; failure: string | null }> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return { text, failure: null }
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const room = mostBytes - bytes
      bytes += chunk.value.byteLength
      text += decoder.decode(chunk.value.subarray(0, room), { stream: true })
      if (bytes > mostBytes) {
        await reader.cancel()
        return { text: clean(text), failure: `it was cut after ${mostBytes} bytes` }
      }
    }
    return { text: clean(text + decoder.decode()), failure: null }
  } catch (error) {
    return { text: clean(text), failure: reasonOf(error) }
  }
}

/** Databases disagree on NUL in text. */
const clean = (text: string): string => text.replaceAll('\0', '\uFFFD')

/** Only names and codes: an error's message may repeat a header. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request ended'
  if (error.name === 'TimeoutError') return 'it took too long'
  if (error.name === 'AbortError') return 'the program is stopping'
  const cause: unknown = error.cause
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  return /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? code : 'the connection failed or broke'
}

const secondsOf = (header: string | null): number | null =>
  header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : null
