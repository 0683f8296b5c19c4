/**
 * Speaks as much of MongoDB's wire protocol as the official driver needs, on loopback: a replica set of one that keeps documents in memory, knows
 * ids as unique, counts transactions, and answers what a test tells it to. It is no MongoDB: it proves what driver and guard do, not what a server does.
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { BSON } from 'mongodb'

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const HEADER = 16
/** Of a message nobody waits to have answered. */
const MORE_TO_COME = 2
const BATCH = 2

/** A command as it came, with the documents beside it in their place. */
export type Command = Readonly<Record<string, unknown>>

/** What is answered: fields of a reply, `drop` to close the connection without one, `silence`, or `null` for what it does by itself. */
export type Answer = BSON.Document | 'drop' | 'silence' | null

/** A running one. */
export interface MongoDouble extends AsyncDisposable {
  readonly url: string
  /** Commands beside those of the handshake, in order. */
  readonly seen: { readonly name: string; readonly command: Command }[]
  /** How often a command came. */
  count(name: string): number
  /** Answers that wait, by the name of the command. */
  readonly scripts: Map<string, Answer[]>
  /** The next commands of that name get these answers, in order. */
  script(name: string, ...answers: readonly Answer[]): void
  /** Closes all connections and listens no more, until it is started. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** The fields of a server's error. */
export const failure = (code: number, codeName: string, rest: BSON.Document = {}): BSON.Document => ({
  ok: 0,
  errmsg: codeName,
  code,
  codeName,
  ...rest,
})

/** Starts one on a port of its own. */
export async function mongoDouble(): Promise<MongoDouble> {
  const world = new World()
  await world.start()
  const { port } = world
  return {
    url: `mongodb://127.0.0.1:${port}/shop?directConnection=true`,
    seen: world.seen,
    scripts: world.scripts,
    count: (name) => world.seen.filter((each) => each.name === name).length,
    script: (name, ...answers) =>
      void world.scripts.set(name, [...(world.scripts.get(name) ?? []), ...answers]),
    kill: () => world.kill(),
    start: () => world.start(),
    [Symbol.asyncDispose]: () => world.kill(),
  }
}

class World {
  port = 0
  readonly seen: { name: string; command: Command }[] = []
  readonly scripts = new Map<string, Answer[]>()
  readonly #documents = new Map<string, BSON.Document[]>()
  readonly #cursors = new Map<string, BSON.Document[]>()
  readonly #sockets = new Set<Socket>()
  #server: Server | null = null
  #nextCursor = 1

  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket))
    server.listen(this.port, '127.0.0.1')
    await once(server, 'listening')
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  async kill(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined)
    let waiting = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= HEADER && waiting.length >= waiting.readInt32LE(0)) {
        const length = waiting.readInt32LE(0)
        this.#take(socket, waiting.subarray(0, length))
        waiting = waiting.subarray(length)
      }
    })
  }

  #take(socket: Socket, message: Buffer): void {
    const id = message.readInt32LE(4)
    const opcode = message.readInt32LE(12)
    if (opcode === OP_QUERY) {
      const name = message.indexOf(0, HEADER + 4)
      const command = BSON.deserialize(message.subarray(name + 9))
      socket.write(legacyReply(id, this.#answer(command) as BSON.Document))
      return
    }
    if (opcode !== OP_MSG) return void socket.destroy()
    const answer = this.#answer(commandIn(message))
    if (answer === 'drop') socket.destroy()
    else if (answer !== 'silence' && (message.readUInt32LE(HEADER) & MORE_TO_COME) === 0)
      socket.write(reply(id, answer))
  }

  #answer(command: Command): Exclude<Answer, null> {
    const name = Object.keys(command)[0] ?? ''
    if (/^(?:hello|isMaster|ismaster)$/.test(name)) return this.#hello()
    if (name === 'endSessions') return { ok: 1 }
    this.seen.push({ name, command })
    const scripted = this.scripts.get(name)?.shift() ?? null
    return scripted ?? this.#does(name, command)
  }

  #hello(): BSON.Document {
    return {
      ...{ ok: 1, helloOk: true, isWritablePrimary: true, ismaster: true, setName: 'double' },
      ...{
        hosts: [`127.0.0.1:${this.port}`],
        me: `127.0.0.1:${this.port}`,
        primary: `127.0.0.1:${this.port}`,
      },
      ...{ logicalSessionTimeoutMinutes: 30, minWireVersion: 0, maxWireVersion: 21, readOnly: false },
      ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
    }
  }

  #does(name: string, command: Command): BSON.Document {
    const space = `${String(command.$db)}.${String(command[name])}`
    if (name === 'insert') return this.#insert(space, command.documents as BSON.Document[])
    if (name === 'find' || name === 'aggregate') {
      const documents = [...(this.#documents.get(space) ?? [])]
      const id = this.#nextCursor++
      this.#cursors.set(String(id), documents.slice(BATCH))
      const more = documents.length > BATCH ? BSON.Long.fromNumber(id) : BSON.Long.ZERO
      return { ok: 1, cursor: { id: more, ns: space, firstBatch: documents.slice(0, BATCH) } }
    }
    if (name === 'getMore') {
      const nextBatch = this.#cursors.get(String(command.getMore)) ?? []
      return { ok: 1, cursor: { id: BSON.Long.ZERO, ns: `shop.${String(command.collection)}`, nextBatch } }
    }
    if (name === 'drop') this.#documents.delete(space)
    return { ok: 1, n: 1, nModified: 1 }
  }

  #insert(space: string, documents: readonly BSON.Document[]): BSON.Document {
    const there = this.#documents.get(space) ?? []
    this.#documents.set(space, there)
    const writeErrors: BSON.Document[] = []
    for (const [index, document] of documents.entries()) {
      if (!there.some(({ _id }) => String(_id) === String(document._id))) there.push(document)
      else writeErrors.push(duplicate(space, index, document))
    }
    const n = documents.length - writeErrors.length
    return writeErrors.length === 0 ? { ok: 1, n } : { ok: 1, n, writeErrors }
  }
}

/** In the server's words. */
const duplicate = (space: string, index: number, { _id }: BSON.Document): BSON.Document => ({
  index,
  code: 11000,
  keyPattern: { _id: 1 },
  keyValue: { _id },
  errmsg: `E11000 duplicate key error collection: ${space} index: _id_ dup key: { _id: ${JSON.stringify(_id)} }`,
})

/** The command of a message: its body, and the documents that are sent beside it. */
function commandIn(message: Buffer): Command {
  const command: Record<string, unknown> = {}
  for (let at = HEADER + 4; at < message.length; ) {
    const kind = message.readUInt8(at)
    const size = message.readInt32LE(at + 1)
    const section = message.subarray(at + 1, at + 1 + size)
    at += 1 + size
    if (kind === 0) {
      Object.assign(command, BSON.deserialize(section))
      continue
    }
    const end = section.indexOf(0, 4)
    const documents: BSON.Document[] = []
    for (let from = end + 1; from < section.length; from += section.readInt32LE(from))
      documents.push(BSON.deserialize(section.subarray(from, from + section.readInt32LE(from))))
    command[section.toString('utf8', 4, end)] = documents
  }
  return command
}

const reply = (to: number, document: BSON.Document): Buffer => framed(to, OP_MSG, { document, room: 5 })

/** The first greeting is asked for in the protocol's older form. */
function legacyReply(to: number, document: BSON.Document): Buffer {
  const message = framed(to, OP_REPLY, { document, room: 20 })
  message.writeInt32LE(1, HEADER + 16)
  return message
}

/** A message with room between its header and its document. */
function framed(
  to: number,
  opcode: number,
  { document, room }: { document: BSON.Document; room: number },
): Buffer {
  const body = BSON.serialize(document)
  const head = Buffer.alloc(HEADER + room)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(to, 8)
  head.writeInt32LE(opcode, 12)
  return Buffer.concat([head, body])
}
