// node-redis: clients, pools, clusters; their MULTI, the commands of their modules, and iterators.

import { redisErrors } from '../../../src/recovery/redis/index.ts'
import {
  callMethod,
  codeOf,
  type Driver,
  type GuardedKind,
  hasMethod,
  type MethodRole,
  memberOf,
  textOf,
} from '../driver.ts'

/** What it says without a code, in the words of redis 6 (`@redis/client/dist/lib/errors.js`), and the code others give the same. */
const UNCODED: ReadonlyMap<string, string> = new Map([
  ['Connection timeout', 'ETIMEDOUT'],
  ['The client is offline', 'ECONNREFUSED'],
  ['All the root nodes are unavailable', 'ECONNREFUSED'],
  ['The queue is full', 'POOL_ENQUEUELIMIT'],
  ['Socket closed unexpectedly', 'PROTOCOL_CONNECTION_LOST'],
  ['The client is closed', 'POOL_CLOSED'],
  ['Disconnects client', 'POOL_CLOSED'],
  ['The command was aborted', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['One (or more) of the watched keys has been changed', 'WATCH_ERROR'],
  ['Client reconnected after WATCH', 'WATCH_ERROR'],
])

/** The same where the rest of the words differs from one to the next. */
const UNCODED_STARTS: readonly (readonly [string, string])[] = [
  ['Timeout waiting for a client', 'POOL_ENQUEUELIMIT'],
  ['Socket timeout', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['Command timeout', 'PROTOCOL_SEQUENCE_TIMEOUT'],
  ['Too many Cluster redirections', 'MOVED'],
]

/** Errors that may come with words of somebody's own, or with none. */
const BY_CLASS: ReadonlyMap<string, string> = new Map([
  ['WatchError', 'WATCH_ERROR'],
  ['TimeoutError', 'PROTOCOL_SEQUENCE_TIMEOUT'],
])

/** How an answer of the server begins. */
const ANSWER = /^[A-Z][A-Z0-9_]+(?: |$)/
/** Scripts and functions answer with whatever errors they like, also after they wrote. */
const SCRIPT = /^(?:EVAL|FCALL)/

const methods = (role: MethodRole, ...names: readonly string[]): Readonly<Record<string, MethodRole>> =>
  Object.fromEntries(names.map((name) => [name, role]))

/** What runs queued commands. */
const RUNS = methods('statement', 'exec', 'EXEC', 'execTyped', 'execAsPipeline', 'execAsPipelineTyped')
const PUBLISHED = ['subscribe', 'unsubscribe', 'pSubscribe', 'pUnsubscribe', 'sSubscribe', 'sUnsubscribe']
/** Methods that the driver's classes write themselves, with the word they send. */
const COMMANDS: Readonly<Record<string, string>> = Object.fromEntries(
  ['select', 'watch', 'unwatch', 'monitor', 'reset', ...PUBLISHED].flatMap((name) =>
    [name, name.toUpperCase()].map((each) => [each, name.toUpperCase()]),
  ),
)
const ITERATORS: Readonly<Record<string, string>> = {
  scanIterator: 'SCAN',
  hScanIterator: 'HSCAN',
  hScanValuesIterator: 'HSCAN',
  hScanNoValuesIterator: 'HSCAN',
  sScanIterator: 'SSCAN',
  zScanIterator: 'ZSCAN',
}
const OWN = { ...COMMANDS, ...ITERATORS }
const SHARED = {
  ...methods('connection', 'connect'),
  ...methods('statement', 'sendCommand'),
  ...methods('prepared', 'multi', 'MULTI'),
  ...methods('view', 'withCommandOptions', 'withTypeMapping', 'withAbortSignal', 'asap'),
}

/** Commands of a class of the driver. */
interface Commands {
  /** By the names of methods, in both of their spellings, the word that is sent. */
  readonly byMethod: ReadonlyMap<string, string>
  readonly words: ReadonlySet<string>
}

/** redis 6. Sentinels are not wrapped. */
export const redisDriver: Driver = {
  id: 'redis',
  isSynchronous: false,
  hasCallbacks: false,
  roles: {
    pool: { ...SHARED, execute: 'scoped' },
    connection: {
      ...SHARED,
      ...methods('statement', ...Object.keys(COMMANDS)),
      ...methods('prepared', ...Object.keys(ITERATORS)),
      ...methods('view', 'duplicate'),
      ...methods('pool', 'createPool'),
      ...methods('connection', 'getNodeClientForKey', 'nodeClient'),
    },
    statement: {
      ...RUNS,
      ...methods('statement', 'next', 'return'),
      ...methods('queued', 'select', 'SELECT', 'addCommand', 'sendCommand'),
    },
  },
  roleOf(target, kind, name): MethodRole | undefined {
    const level = levelOf(target)
    if (level === null || !Object.hasOwn(level, name)) return undefined
    return kind === 'statement' ? 'queued' : 'statement'
  },
  isPart: (target, member) =>
    member !== target && memberOf(member, '_self') === target && levelOf(member) !== null,
  kindOf(target): GuardedKind | null {
    if (
      !hasMethod(target, 'sendCommand') ||
      !hasMethod(target, 'MULTI') ||
      !hasMethod(target, 'withTypeMapping')
    )
      return null
    if (hasMethod(target, 'execute') && typeof memberOf(target, 'totalClients') === 'number') return 'pool'
    const isClient = hasMethod(target, 'duplicate') && typeof memberOf(target, 'isOpen') === 'boolean'
    return isClient && !hasMethod(target, 'acquire') ? 'connection' : null
  },
  engineOf: () => redisErrors,
  databaseOf: () => undefined,
  readError(error) {
    const [first] = innerErrors(error)
    const read = first?.error ?? error
    const message = textOf(memberOf(read, 'message')) ?? ''
    return { code: codeOf(read) ?? uncoded(read, message), message }
  },
  errorsIn: innerErrors,
  mayHaveRun: (error, sql) => isAnswer(error) && (sql === undefined || SCRIPT.test(sql)),
  isRefused: (error) => isAnswer(error) || codeIn(error) === 'WATCH_ERROR',
  sqlOf(method, args, target) {
    if (method === 'sendCommand' || method === 'addCommand') return sentCommand(args, target)
    if (Object.hasOwn(RUNS, method)) return isPipeline(method, args) ? undefined : 'EXEC'
    if (Object.hasOwn(OWN, method)) return OWN[method]
    const dot = method.indexOf('.')
    const word = commandsOf(target).byMethod.get(method.slice(dot + 1))
    return word === undefined || dot < 0 ? word : `${method.slice(0, dot)}.${word}`.toUpperCase()
  },
  transaction: {
    refusal: (_, kind) =>
      kind === 'pool'
        ? null
        : 'guardedTransaction needs a pool of node-redis (createClientPool): what a client watches, every caller of it watches',
    commitOf(method, args) {
      if (!Object.hasOwn(RUNS, method)) return null
      return isPipeline(method, args) ? 'parts' : 'whole'
    },
    // The function watches, reads and runs its own MULTI.
    begin: () => undefined,
    commit: () => undefined,
    rollback: () => undefined,
    onLoss(connection, lost) {
      callMethod(connection, 'on', ['error', lost])
      return () => void callMethod(connection, 'off', ['error', lost])
    },
    isInside: (connection) => memberOf(connection, 'isWatching') === true,
    take: (pool) =>
      new Promise((resolve, reject) => {
        const hold = (client: object): Promise<void> =>
          new Promise((release) => {
            held.set(innerOf(client), release)
            resolve(client)
          })
        Promise.resolve(callMethod(pool, 'execute', [hold])).catch(reject)
      }),
    give(client) {
      // An empty MULTI forgets at once what is watched, here and on the server, also where the connection was lost since.
      if (memberOf(client, 'isWatching') === true)
        Promise.resolve(callMethod(callMethod(client, 'multi') as object, 'exec')).catch(() => undefined)
      held.get(innerOf(client))?.()
      held.delete(innerOf(client))
    },
  },
}

/** What a client's faces have in common. */
const innerOf = (client: object): object => Object(memberOf(client, '_self')) as object

/** No transaction: what came before the command that failed has taken effect. */
const isPipeline = (method: string, [asPipeline]: readonly unknown[]): boolean =>
  method.includes('Pipeline') || asPipeline === true

/** Clients that transactions hold, with what gives them back. */
const held = new WeakMap<object, () => void>()

const isAnswer = (error: object): boolean => {
  const message = textOf(memberOf(error, 'message')) ?? ''
  return codeOf(error) === undefined && ANSWER.test(message)
}

const codeIn = (error: object): string | undefined => uncoded(error, textOf(memberOf(error, 'message')) ?? '')

function uncoded(error: object, message: string): string | undefined {
  const code = UNCODED.get(message) ?? UNCODED_STARTS.find(([start]) => message.startsWith(start))?.[1]
  return code ?? BY_CLASS.get(textOf(memberOf(memberOf(error, 'constructor'), 'name')) ?? '')
}

/** Of a MULTI or pipeline: its replies, some of which are errors. */
function innerErrors(error: object): readonly { readonly error: object; readonly index: number }[] {
  const [replies, indexes] = [memberOf(error, 'replies'), memberOf(error, 'errorIndexes')]
  if (!Array.isArray(replies) || !Array.isArray(indexes)) return []
  return indexes.flatMap((index: unknown) => {
    const reply: unknown = typeof index === 'number' ? replies[index] : undefined
    return typeof reply === 'object' && reply !== null ? [{ error: reply, index: Number(index) }] : []
  })
}

/** The first word of what was sent as it is, if it is a command that the driver knows: it might be a key where somebody erred. */
function sentCommand(args: readonly unknown[], target: object): string | undefined {
  const words: unknown = args.find((argument) => Array.isArray(argument))
  const name = String(Array.isArray(words) ? words[0] : '').toUpperCase()
  return commandsOf(target).words.has(name) ? name : undefined
}

const NO_COMMANDS: Commands = { byMethod: new Map(), words: new Set() }
const commands = new WeakMap<object, Commands>()

function commandsOf(target: object): Commands {
  const level = levelOf(target)
  if (level === null) return NO_COMMANDS
  const there = commands.get(level)
  if (there !== undefined) return there
  const made = commandsIn(level)
  commands.set(level, made)
  return made
}

/** Every command is there under two names, GET and get, CLIENT_KILL and clientKill; an application's scripts have one. */
function commandsIn(level: object): Commands {
  const plain = (name: string): string => name.toUpperCase().replaceAll(/[_-]/g, '')
  const names = Object.getOwnPropertyNames(level)
  const upper = new Map(
    names.filter((name) => name === name.toUpperCase()).map((name) => [plain(name), name]),
  )
  const found = new Map<string, string>()
  for (const name of names) {
    const pair = upper.get(plain(name))
    if (pair === undefined || name === pair) continue
    const word = /^[A-Z0-9]+(?:_RO(?=_|$))?/.exec(pair)?.[0] ?? pair
    found.set(name, word).set(pair, word)
  }
  return { byMethod: found, words: new Set(found.values()) }
}

/** Where the methods of commands are: in the class that was made for the options, or in the commands of a module. */
function levelOf(target: object): object | null {
  for (let level: object | null = Object.getPrototypeOf(target); level !== null; ) {
    if (Object.hasOwn(level, 'PING') && Object.hasOwn(level, 'SET')) return level
    const above: object | null = Object.getPrototypeOf(level)
    if (above === Object.prototype)
      return Object.hasOwn(target, '_self') && !hasMethod(level, 'emit') ? level : null
    level = above
  }
  return null
}
