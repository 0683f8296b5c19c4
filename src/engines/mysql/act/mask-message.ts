/**
 * What of a server's message may be kept. Messages about objects keep their names; any other quoted part may be
 * a value of a row (`Duplicate entry 'x'`) and is replaced.
 */

/** Messages whose quoted parts are names of objects, by number, the same in MySQL and MariaDB. */
const NAMES_ONLY = new Set([
  1022, // duplicate key on write or update of a table
  1025, // rename of a table
  1044, // access denied to a database
  1050, // table exists
  1051, // unknown table
  1054, // unknown column
  1060, // duplicate column
  1061, // duplicate key name
  1068, // multiple primary key
  1071, // key too long
  1072, // key column does not exist
  1089, // incorrect prefix key
  1091, // cannot drop
  1094, // unknown thread id
  1095, // not owner of thread
  1138,
  1142, // command denied on a table
  1143, // command denied on a column
  1146, // table does not exist
  1170, // BLOB needs a key length
  1176, // key does not exist
  1193, // unknown system variable
  1205,
  1213,
  1214, // no FULLTEXT here
  1227, // needs a privilege
  1238, // variable is read-only
  1290, // running with an option
  1317,
  1347, // not a base table
  1553, // index needed in a foreign key
  1799, // online log overflow
  1831, // duplicate index
  1845, // algorithm not supported
  1846, // algorithm not supported, with reason
  1957, // unknown query id
  1969,
  3024,
  3522, // primary key cannot be invisible
])

/** Longest message kept, characters. */
const TEXT_MAX = 512

/** Servers cut a message at 512 bytes (MYSQL_ERRMSG_SIZE), a value in it too; one this long may have lost its end. */
const CUT_BYTES = 500

/** What may follow the last quote of a whole message and can be no part of a value. */
const PLAIN_END = /^\)*(?: at (?:row|line) \d+)?\)*\.?$/u

/**
 * The message without values. Where quotes do not pair for certain (a value may hold one), everything from the
 * first to the last quote goes; and what comes after the last one too, unless it is a plain end like `at row 3` of a
 * message that is whole: a quote that is not closed leaves the rest of a value there. The key of a duplicate entry is
 * kept, because it names the constraint.
 */
export function maskMessage(text: string, code: number | null): string {
  const flat = text.replace(/\s+/gu, ' ').trim()
  if (code !== null && NAMES_ONLY.has(code)) return flat.slice(0, TEXT_MAX)
  const key = /^(Duplicate entry )'.*'( for key '[^']*')$/u.exec(flat)
  if (key !== null) return `${key[1]}'?'${key[2]}`.slice(0, TEXT_MAX)
  const first = flat.search(/['"`]/u)
  if (first < 0) return flat.slice(0, TEXT_MAX)
  const quotes = flat.match(/['"`]/gu) ?? []
  const end = flat.slice(flat.search(/['"`][^'"`]*$/u) + 1)
  const whole = quotes.length % 2 === 0 && Buffer.byteLength(text) < CUT_BYTES && PLAIN_END.test(end)
  return `${flat.slice(0, first)}?${whole ? end : ''}`.slice(0, TEXT_MAX)
}
