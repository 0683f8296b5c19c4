/**
 * Inputs that must be refused at every parameter of every action before anything is sent to a target. The numbers
 * are stable: a report can say which one got through.
 */

/** What some inputs are made from. */
export interface HostileWorld {
  /** The valid value the input takes the place of. */
  readonly valid: unknown
  /** Connection id of the session that asks, and its whole identity. */
  readonly ownConnectionId: string
  readonly ownConnection: unknown
  /** A view and a sequence (or another view) of the schema. */
  readonly notTables: readonly string[]
}

/** One input: its number, what it tries, and its values. */
export interface HostileInput {
  readonly n: number
  readonly tries: string
  readonly values: (world: HostileWorld) => readonly unknown[]
}

const of = (n: number, tries: string, ...values: readonly unknown[]): HostileInput => ({
  n,
  tries,
  values: () => values,
})
/** Made from a valid text; nothing where the valid value is none. */
const fromText = (n: number, tries: string, make: (text: string) => readonly unknown[]): HostileInput => ({
  n,
  tries,
  values: ({ valid }) => (typeof valid === 'string' && valid !== '' ? make(valid) : []),
})

/** An object whose text is a valid name: a careless check would take it. */
const disguised = { toString: () => 'orders', valueOf: () => 20 }
const changedCase = (text: string): string =>
  text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()

/** All of them. */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  of(1, 'a second statement', 'users; DROP TABLE x'),
  of(2, 'closing the quote', 'a`; DROP TABLE x-- '),
  of(3, 'a doubled quote that is in no catalog', 'a`` b '),
  of(4, 'two names in the other quotes', 'a"."b'),
  of(5, 'a qualified name as one part', 'mysql.user'),
  of(6, 'a path', '../x'),
  of(7, 'a NUL', 'a\0b'),
  of(8, 'a version comment', 'a/*!50000 */'),
  of(9, 'a dash comment', 'a-- '),
  of(10, 'a hash comment', 'a#'),
  of(11, 'a hexadecimal number', '0x6162'),
  of(12, 'an exponent', '1e3'),
  of(13, 'a condition', '1 OR 1=1'),
  of(14, 'a KILL', '1;KILL 2'),
  of(15, 'a negative number', '-1', -1),
  of(16, 'a number no double holds', Number('9007199254740993')),
  of(17, 'a number beyond 64 bits', '18446744073709551616'),
  of(18, 'no value at all', Number.NaN, Number.POSITIVE_INFINITY, null, [], {}, disguised, undefined),
  of(19, 'a number as text', '12'),
  of(20, 'full-width digits', '１２'),
  of(21, 'a Cyrillic look-alike', 'аmount', 'сustomer'),
  of(22, 'a direction override', 'a\u202Eb', 'a\u200bb'),
  of(23, 'the other normal form of a name (the table is n\u00e4me)', 'n\u0061\u0308me'),
  fromText(24, 'the other letter case', (text) => (changedCase(text) === text ? [] : [changedCase(text)])),
  fromText(25, 'a trailing space', (text) => [`${text} `]),
  of(26, 'seventy characters', 'x'.repeat(70)),
  of(27, 'sixty-five characters', 'x'.repeat(65)),
  of(28, 'two columns as one', 'a,b'),
  of(29, 'a prefix and a subquery', 'a(10),(SELECT 1)'),
  of(30, 'an expression', '(lower(a))'),
  of(31, 'a direction and a second column', 'a DESC, b'),
  {
    n: 32,
    tries: 'the same column twice',
    values: ({ valid }) => (Array.isArray(valid) ? [[...valid, ...valid]] : ['a,a']),
  },
  of(33, 'a system schema', 'performance_schema', { schema: 'performance_schema', table: 'threads' }),
  { n: 34, tries: 'a view or a sequence', values: ({ notTables }) => notTables },
  of(35, 'another engine’s temporary schema', 'pg_temp.x'),
  of(36, 'a switch and a statement', 'ON; SET GLOBAL x=1'),
  of(37, 'a line break and a command', 'allkeys-lru\r\nFLUSHALL'),
  of(38, 'a glob', '*', '{a}*'),
  of(39, 'operators and prototypes as keys', '$where', 'a.$b', '__proto__'),
  of(40, 'an operator object', { $gt: '' }),
  of(41, 'a dotted database', 'admin.$cmd'),
  of(42, 'a size in words, minus zero, underscores', '16GB', -0, '1_000'),
  of(43, 'a duration with a quote', "PT1H'"),
  {
    n: 44,
    tries: 'our own connection',
    values: ({ ownConnectionId, ownConnection }) => [ownConnectionId, ownConnection],
  },
  of(45, 'an old epoch', '2001-01-01T00:00:00.000000Z'),
  of(46, 'a file and an ATTACH', 'file:x?mode=memory', ';ATTACH'),
  of(
    47,
    'a polluted prototype',
    JSON.parse('{"__proto__":{"isAdmin":true}}'),
    Object.create({ schema: 'shop', table: 'x' }),
  ),
]
