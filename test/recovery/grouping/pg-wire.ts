// As much of PostgreSQL's protocol as it takes to run a statement and read the fields of its error
// (https://www.postgresql.org/docs/18/protocol-flow.html, version 3.0, simple query, trust authentication).
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** The fields of an ErrorResponse by their letter: C code, M message, D detail, s t c n schema, table, column, constraint. */
export type WireError = ReadonlyMap<string, string>

const STARTING = '57P03'

/** One session. */
export class PgWire {
  readonly #socket: Socket
  #pending: Buffer = Buffer.alloc(0)

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Logs in, waiting while the server says that it starts. @throws Error when it refuses */
  static async open(socketPath: string, user: string, tries = 200): Promise<PgWire> {
    const socket = connect(socketPath)
    await once(socket, 'connect')
    // What a read is waiting for is told by `once`; the end of a session that was refused or closed is nothing to tell.
    socket.on('error', () => undefined)
    const wire = new PgWire(socket)
    const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, 'latin1')
    socket.write(Buffer.concat([length(body), body]))
    const refused = await wire.#untilReady()
    if (refused === null) return wire
    socket.destroy()
    if (refused.get('C') !== STARTING || tries === 0) throw new Error(refused.get('M'))
    await pause(25)
    return await PgWire.open(socketPath, user, tries - 1)
  }

  /** Runs one text; the error it ended with, or null. */
  async run(statement: string): Promise<WireError | null> {
    const body = Buffer.from(`${statement}\0`, 'utf8')
    this.#socket.write(Buffer.concat([Buffer.from('Q'), length(body), body]))
    return await this.#untilReady()
  }

  /** Ends the session. */
  close(): void {
    this.#socket.end(Buffer.from('X\0\0\0\x04', 'latin1'))
  }

  async #untilReady(): Promise<WireError | null> {
    let error: WireError | null = null
    for (;;) {
      const { type, body } = await this.#message()
      if (type === 'E') error ??= fields(body)
      if (type === 'Z' || (type === 'E' && error?.get('V') === 'FATAL')) return error
    }
  }

  async #message(): Promise<{ type: string; body: Buffer }> {
    for (;;) {
      const size = this.#pending.length < 5 ? Number.POSITIVE_INFINITY : this.#pending.readUInt32BE(1) + 1
      if (this.#pending.length >= size) {
        const message = {
          type: this.#pending.toString('latin1', 0, 1),
          body: this.#pending.subarray(5, size),
        }
        this.#pending = this.#pending.subarray(size)
        return message
      }
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      this.#pending = Buffer.concat([this.#pending, chunk])
    }
  }
}

function length(body: Buffer): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(body.length + 4)
  return bytes
}

function fields(body: Buffer): WireError {
  const parts = body.toString('utf8').split('\0')
  return new Map(parts.filter((part) => part !== '').map((part) => [part.charAt(0), part.slice(1)]))
}
