/** Starts, speaks to and ends the process of one connection. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Order, Reply } from './session-orders.ts'

const PROGRAM = fileURLToPath(new URL('./session-process.ts', import.meta.url))
/** A process that idles ends at once when its parent lets go; past this it is ended, ms. */
const LEAVE_MS = 5_000

/** An order without its number. */
export type NewOrder = Order extends infer Each ? (Each extends Order ? Omit<Each, 'id'> : never) : never

/** The process ended before it answered. */
export class ProcessEnded extends Error {}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/** One process with one connection. Orders are carried out one after the other. */
export class ConnectionProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #ended = false
  #lastId = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ id, reply }: { readonly id: number; readonly reply: Reply }) => {
      this.#waiting.get(id)?.resolve(reply)
      this.#waiting.delete(id)
    })
    child.on('error', () => this.#end())
    child.on('exit', () => this.#end())
  }

  /** `read`: the connection cannot write, and runs no statement. @throws ProcessEnded where the file cannot be opened */
  static async open(file: string, mode: 'read' | 'write'): Promise<ConnectionProcess> {
    const opened = new ConnectionProcess(
      fork(PROGRAM, [file, mode], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] }),
    )
    await opened.#answerTo(0)
    return opened
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** @throws ProcessEnded where it ended meanwhile: what was run may have been done */
  order(order: NewOrder): Promise<Reply> {
    if (this.#ended) return Promise.reject(new ProcessEnded('the process of the connection has ended'))
    this.#lastId += 1
    const answer = this.#answerTo(this.#lastId)
    this.#child.send({ ...order, id: this.#lastId })
    return answer
  }

  /** Ends it at once, in whatever it does. SQLite undoes what was not committed. */
  async kill(): Promise<void> {
    if (this.#ended) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  /** Lets it go: it ends when what it does is done, and rolls back what was not committed. */
  async close(): Promise<void> {
    if (this.#ended) return
    const exit = once(this.#child, 'exit')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), LEAVE_MS)
    if (this.#child.connected) this.#child.disconnect()
    await exit
    clearTimeout(late)
  }

  #answerTo(id: number): Promise<Reply> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  #end(): void {
    this.#ended = true
    for (const { reject } of this.#waiting.values())
      reject(new ProcessEnded('the process of the connection has ended'))
    this.#waiting.clear()
  }
}
