// Errors of Redis and Valkey: the first word of a reply is the code; ERR is many faults that only the text tells apart.

import { once, readCodeTable } from '../code-table.ts'
import type { ErrorEngine, Refinement } from '../error-engine.ts'
import type { MessageMatch } from '../message-index.ts'
import { type PatternRow, patternList } from '../pattern-list.ts'
import { codeOfSymbol, symbolOf } from '../report-code.ts'

const PREFIX = /^(?:ReplyError: |ResponseError: |\(error\) |-)?([A-Z][A-Z0-9_]{1,20})(?= |$)/
const CLIENT_PREFIX = /^(?:ReplyError: |ResponseError: |\(error\) |-)/
const COMMAND = /^\s*([A-Za-z]{2,24})(?=\s|$)/
/** Those of modules and of read-only variants too, which the signature leaves out. */
const ANY_COMMAND = /^\s*([A-Za-z][A-Za-z0-9_.-]{1,39})(?=\s|$)/

const PATTERNS: readonly PatternRow[] = [
  ['ERR', 'SYNTAX_ERROR', 'ERR unknown command {value}, with args beginning with: {value}'],
  ['ERR', 'SYNTAX_ERROR', 'ERR unknown command {value}'],
  ['ERR', 'SYNTAX_ERROR', 'ERR unknown subcommand {value}. Try {value}'],
  ['ERR', 'SYNTAX_ERROR', 'ERR wrong number of arguments for {value} command'],
  ['ERR', 'SYNTAX_ERROR', 'ERR syntax error'],
  ['ERR', 'TOO_MANY_CONNECTIONS', 'ERR max number of clients reached'],
  ['ERR', 'TYPE_MISMATCH', 'ERR value is not an integer or out of range'],
  ['ERR', 'TYPE_MISMATCH', 'ERR value is not a valid float'],
  ['ERR', 'TYPE_MISMATCH', 'ERR hash value is not an integer'],
  ['ERR', 'TYPE_MISMATCH', 'ERR hash value is not a float'],
  ['ERR', 'TYPE_MISMATCH', 'ERR min or max is not a float'],
  ['ERR', 'RANGE', 'ERR increment or decrement would overflow'],
  ['ERR', 'RANGE', 'ERR index out of range'],
  ['ERR', 'RANGE', 'ERR offset is out of range'],
  ['ERR', 'RANGE', 'ERR DB index is out of range'],
  ['ERR', 'INVALID_VALUE', 'ERR invalid expire time in {value} command'],
  ['ERR', 'INVALID_VALUE', 'ERR invalid cursor'],
  ['ERR', 'INVALID_VALUE', 'ERR timeout is not a float or out of range'],
  ['ERR', 'INVALID_VALUE', 'ERR bit is not an integer or out of range'],
  ['ERR', 'DATA_TOO_LONG', 'ERR string exceeds maximum allowed size (proto-max-bulk-len)'],
  ['ERR', 'OBJECT_NOT_FOUND', 'ERR no such key'],
  ['ERR', 'TRANSACTION_STATE', 'ERR MULTI calls can not be nested'],
  ['ERR', 'TRANSACTION_STATE', 'ERR EXEC without MULTI'],
  ['ERR', 'TRANSACTION_STATE', 'ERR DISCARD without MULTI'],
  ['ERR', 'TRANSACTION_STATE', 'ERR WATCH inside MULTI is not allowed'],
  ['ERR', 'PROTOCOL', 'ERR Protocol error: {value}'],
  ['ERR', 'ACCESS_DENIED', 'ERR invalid password'],
  ['ERR', 'ACCESS_DENIED', 'ERR AUTH {value} called without any password configured {value}'],
  ['ERR', 'GOVERNANCE', 'ERR user_script:{value}'],
  ['ERR', 'INTERNAL_ERROR', 'ERR Error running script {value}'],
  ['WRONGTYPE', null, 'WRONGTYPE Operation against a key holding the wrong kind of value'],
  ['OOM', null, 'OOM command not allowed when used memory > {value}.'],
  ['NOAUTH', null, 'NOAUTH Authentication required.'],
  ['WRONGPASS', null, 'WRONGPASS invalid username-password pair or user is disabled.'],
  ['NOPERM', null, 'NOPERM this user has no permissions to run the {value} command'],
  ['NOPERM', null, 'NOPERM this user has no permissions to access one of the keys used as arguments'],
  ['LOADING', null, 'LOADING Redis is loading the dataset in memory'],
  ['LOADING', null, 'LOADING Valkey is loading the dataset in memory'],
  ['BUSY', null, 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'],
  ['BUSY', null, 'BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'],
  ['READONLY', null, "READONLY You can't write against a read only replica."],
  ['EXECABORT', null, 'EXECABORT Transaction discarded because of previous errors.'],
  ['NOSCRIPT', null, 'NOSCRIPT No matching script. Please use EVAL.'],
  ['MOVED', null, 'MOVED {value}'],
  ['ASK', null, 'ASK {value}'],
  ['CROSSSLOT', null, "CROSSSLOT Keys in request don't hash to the same slot"],
  ['CLUSTERDOWN', null, 'CLUSTERDOWN The cluster is down'],
  ['CLUSTERDOWN', null, 'CLUSTERDOWN Hash slot not served'],
  ['TRYAGAIN', null, 'TRYAGAIN Multiple keys request during rehashing of slot'],
  ['MASTERDOWN', null, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
  ['NOREPLICAS', null, 'NOREPLICAS Not enough good replicas to write.'],
  ['MISCONF', null, 'MISCONF {value}'],
  ['BUSYGROUP', null, 'BUSYGROUP Consumer Group name already exists'],
  ['NOGROUP', null, 'NOGROUP No such key {value} or consumer group {value}'],
  ['BUSYKEY', null, 'BUSYKEY Target key name already exists.'],
  // Said by clients: the server answers EXEC with nothing.
  ['WATCH_ERROR', null, 'One (or more) of the watched keys has been changed'],
  ['WATCH_ERROR', null, 'Client reconnected after WATCH'],
]

const codes = once(() => readCodeTable(new URL('codes.tsv', import.meta.url)))
const patterns = once(() => patternList(PATTERNS))

/** Redis 6 to 8 and Valkey. */
export const redisErrors: ErrorEngine = {
  id: 'redis',
  aliases: ['valkey', 'ioredis'],
  dialect: null,
  defaultSchema: null,
  codes,
  messages: () => patterns().index,
  readCode: (report) => {
    const told = PREFIX.exec(report.message)?.[1]
    if (told !== undefined && codes().row(told) !== undefined) return told
    const symbol = symbolOf(report)
    return symbol === null ? null : codeOfSymbol(codes(), symbol)
  },
  bareMessages: (message) => [message.replace(CLIENT_PREFIX, '')],
  refine: (_code, match: MessageMatch | null): Refinement | undefined => {
    const type = patterns().typeOf(match)
    return type === undefined ? undefined : { type }
  },
  // The command alone: keys hold ids, arguments hold data.
  statementKey: (statement) => COMMAND.exec(statement)?.[1]?.toUpperCase(),
  statementText: (statement) => ANY_COMMAND.exec(statement)?.[1]?.toUpperCase(),
  foldName: (name) => name,
}
