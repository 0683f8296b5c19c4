/** Open event streams, and how long a change takes to each of them. */
import { type ClientRequest, request } from 'node:http'

/** What the streams received. */
export interface Received {
  readonly open: number
  /** Changes, over all streams. */
  readonly changes: number
  /** From the store's time of the change to its arrival, ms. */
  readonly delays: readonly number[]
  readonly ended: number
}

const OPEN_MS = 30_000

/** So many streams; call `close` at the end. */
export class Streams {
  readonly #requests: ClientRequest[] = []
  readonly #delays: number[] = []
  #open = 0
  #ended = 0
  #closing = false

  /** Opens them and waits until each said that it is ready. */
  async open(address: string, tokens: readonly string[]): Promise<void> {
    for (const token of tokens) this.#begin(address, token)
    const deadline = performance.now() + OPEN_MS
    while (this.#open < tokens.length && performance.now() < deadline && this.#ended === 0)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** Forgets what came so far. */
  begin(): void {
    this.#delays.length = 0
  }

  received(): Received {
    return { open: this.#open, changes: this.#delays.length, delays: [...this.#delays], ended: this.#ended }
  }

  close(): void {
    this.#closing = true
    for (const each of this.#requests) each.destroy()
  }

  #begin(address: string, token: string): void {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    const asking = request(`${address}/api/events`, { agent: false, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        text += chunk
        const messages = text.split('\n\n')
        text = messages.pop() ?? ''
        for (const message of messages) this.#read(message)
      })
      answer.on('close', () => this.#lost())
      answer.on('error', () => undefined)
    })
    asking.on('error', () => this.#lost())
    asking.end()
    this.#requests.push(asking)
  }

  #read(message: string): void {
    if (/^event: ready$/m.test(message)) this.#open += 1
    const at = /"at":"([^"]+)"/.exec(message)?.[1]
    if (/^event: change$/m.test(message) && at !== undefined) this.#delays.push(Date.now() - Date.parse(at))
  }

  #lost(): void {
    if (!this.#closing) this.#ended += 1
  }
}
