/** A scripted server that speaks a model's protocol on loopback, well or badly, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How one request is answered. */
export type ScriptedReply =
  | {
      readonly status: number
      readonly body: string
      readonly headers?: Record<string, string>
      /** It thinks this long first, ms; default 0. */
      readonly afterMs?: number
    }
  /** A status, then this text again and again until the client goes away. */
  | { readonly endless: string }
  /** A status and half a body, then silence. */
  | { readonly stall: string }
  /** The connection is cut. */
  | { readonly cut: true }

/** What a client sent. */
export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** The running double. */
export interface ModelDouble {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** Bytes an endless reply got rid of before the client went away. */
  readonly sentBytes: () => number
  /** Requests from now on are answered by these in order; the last one again and again. */
  script(...replies: ScriptedReply[]): void
  close(): Promise<void>
}

/** Starts a double on a free port. */
export async function startModelDouble(): Promise<ModelDouble> {
  const requests: ReceivedRequest[] = []
  let replies: ScriptedReply[] = []
  let sent = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body })
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      answer(response, reply ?? { status: 500, body: 'no script' }, (bytes) => {
        sent += bytes
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sentBytes: () => sent,
    script: (...next) => {
      replies = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, reply: ScriptedReply, count: (bytes: number) => void): void {
  if ('cut' in reply) {
    response.destroy()
    return
  }
  if ('status' in reply) {
    const say = (): void => {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(reply.body)
    }
    if (reply.afterMs === undefined) say()
    else setTimeout(say, reply.afterMs)
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  if ('stall' in reply) {
    response.write(reply.stall)
    return
  }
  const more = (): void => {
    while (!response.destroyed && response.write(reply.endless)) count(reply.endless.length)
    count(reply.endless.length)
    if (!response.destroyed) response.once('drain', more)
  }
  response.on('error', () => undefined)
  more()
}

/** A chat completion that says `content`. */
export const completion = (content: string, finishReason = 'stop'): ScriptedReply => ({
  status: 200,
  body: JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  }),
})

/** A reply of Ollama's own protocol that says `content`. */
export const ollamaReply = (content: string, doneReason = 'stop'): ScriptedReply => ({
  status: 200,
  body: JSON.stringify({
    model: 'm',
    created_at: '2026-01-01T00:00:00Z',
    message: { role: 'assistant', content },
    done: true,
    done_reason: doneReason,
  }),
})
