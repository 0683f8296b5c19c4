/**
 * A door on loopback that leads to another port, and whose way can be changed or broken while connections are
 * open: a failover, a dead route, a host that accepts and never answers, a peer that is not a database.
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

/** An open door. */
export interface Forwarder {
  readonly port: number
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
  const open = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    return socket
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
    client.on('data', (chunk) => target.write(change === undefined ? chunk : change(chunk)))
    target.on('data', (chunk) => client.write(chunk))
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
    freeze: () => {
      for (const socket of open) socket.removeAllListeners('data').pause()
    },
    close: () => {
      cut()
      server.close()
    },
  }
}
