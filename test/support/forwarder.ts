/**
 * A door on loopback that leads to another port, and whose way can be changed or broken while connections are
 * open: a failover, a dead route, a host that accepts and never answers, a peer that is not a database, a line that
 * is slow, thin or flips bits.
 */
import assert from 'node:assert/strict'
import { connect, createServer, type Socket } from 'node:net'

/** Where the door leads. */
export type Way =
  /** To this port. */
  | number
  /** Accepts and never says anything; what comes in on open connections is swallowed. */
  | 'silent'
  /** Accepts and says this, then waits. */
  | { readonly says: string }

/** What is wrong with a line, in both directions unless it says otherwise; what is left out is well. */
export interface LineFault {
  /** Every piece waits this long before it goes on, ms. */
  readonly delayMs?: number
  /** No more than this goes through in a second and direction, bytes; at least 1. */
  readonly bytesPerSecond?: number
  /** One bit is flipped in about every so many bytes, drawn by `random` in [0, 1). */
  readonly flips?: { readonly everyBytes: number; readonly random: () => number; readonly towards?: 'client' }
}

/** An open door. */
export interface Forwarder {
  readonly port: number
  /** What is wrong with every line from now on, open ones too; null: nothing any more. */
  fault(fault: LineFault | null): void
  /** Connections from now on; `cut` ends those there are, else they stay with their old way. */
  lead(way: Way, options?: { readonly cut: boolean }): void
  /** Nothing comes through open connections any more, in either direction, and nobody is told. */
  freeze(): void
  close(): void
}

/** Changes what a client sends, chunk by chunk. */
export type Rewrite = (chunk: Buffer) => Buffer

/** How a door is opened. */
export interface ForwarderOptions {
  /** Default: any free one. */
  readonly port?: number
  /** Makes what changes the bytes of one connection. */
  readonly rewrite?: () => Rewrite
}

/** Opens a door. */
export async function openForwarder(first: Way, options: ForwarderOptions = {}): Promise<Forwarder> {
  let way = first
  let fault: LineFault | null = null
  const open = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
  }
  const joined = (from: Socket, to: Socket, change: Rewrite): void => {
    from.on('data', (chunk) => {
      if (fault === null) return void to.write(change(chunk))
      // Nothing more is taken in until this is through: what the sender feels is a full pipe.
      from.pause()
      return void slowly(to, change(chunk), () => fault).finally(() => from.resume())
    })
  }
  const server = createServer((client) => {
    keep(client)
    if (way === 'silent') return client.resume()
    if (typeof way === 'object') {
      client.resume()
      return client.write(way.says)
    }
    const target = keep(connect(way, '127.0.0.1'))
    const change = options.rewrite?.()
    joined(client, target, (chunk) => flipped(change === undefined ? chunk : change(chunk), fault, 'server'))
    joined(target, client, (chunk) => flipped(chunk, fault, 'client'))
    client.on('close', () => target.destroy())
    target.on('close', () => client.destroy())
    return client
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: address.port,
    lead: (next, how = { cut: true }) => {
      way = next
      if (how.cut) cut()
    },
    fault: (next) => {
      fault = next
    },
    freeze: () => {
      for (const socket of open) socket.removeAllListeners('data').pause()
    },
    close: () => {
      cut()
      server.close()
    },
  }
}

/** Slices of a thin line a second. */
const SLICES = 20

/** Hands the bytes on as late and as slowly as the line is bad; what was mended meanwhile goes at once. */
async function slowly(to: Socket, bytes: Buffer, now: () => LineFault | null): Promise<void> {
  await pause(now()?.delayMs ?? 0)
  for (let at = 0; at < bytes.length && !to.destroyed; ) {
    const { bytesPerSecond } = now() ?? {}
    const size = bytesPerSecond === undefined ? bytes.length : Math.max(1, Math.ceil(bytesPerSecond / SLICES))
    to.write(bytes.subarray(at, at + size))
    at += size
    if (bytesPerSecond !== undefined) await pause(1000 / SLICES)
  }
}

const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms))

/** A copy with bits flipped, or the bytes as they are. */
function flipped(bytes: Buffer, fault: LineFault | null, towards: 'client' | 'server'): Buffer {
  const flips = fault?.flips
  if (flips === undefined || (flips.towards === 'client' && towards === 'server')) return bytes
  const count = Math.floor(bytes.length / flips.everyBytes + flips.random())
  if (count === 0) return bytes
  const copy = Buffer.from(bytes)
  for (let n = 0; n < count; n += 1) {
    const at = Math.floor(flips.random() * copy.length)
    copy.writeUInt8(copy.readUInt8(at) ^ (1 << Math.floor(flips.random() * 8)), at)
  }
  return copy
}
