// Word tables for the normaliser: spellings the server treats as one token, words after which a sign is a sign and
// not an operator, and character set introducers. Checked against DIGEST_TEXT of MariaDB 10.11 and MySQL 9.7.

/**
 * Spellings that MySQL and MariaDB read as the same token, so that DIGEST_TEXT shows another one than the
 * statement had (`DAY` comes back as `SQL_TSI_DAY`, `DATABASE` as `SCHEMA`). Key: any spelling, lower case; value:
 * the one we keep. Source: `symbols[]` and `sql_functions[]` of the servers' sql/lex.h, each row observed.
 */
export const SAME_WORD: ReadonlyMap<string, string> = new Map(
  [
    'distinct distinctrow',
    'database schema',
    'databases schemas',
    'columns fields',
    'regexp rlike',
    'explain describe',
    'some any',
    'now current_timestamp localtime localtimestamp',
    'curdate current_date',
    'curtime current_time',
    'user system_user session_user',
    'substring substr mid',
    'stddev stddev_pop std',
    'variance var_pop',
    'int integer int4',
    'tinyint int1',
    'smallint int2',
    'mediumint middleint int3',
    'bigint int8',
    'float float4',
    'double float8',
    'decimal dec',
    'char character',
    'varchar varcharacter',
    'second sql_tsi_second',
    'minute sql_tsi_minute',
    'hour sql_tsi_hour',
    'day sql_tsi_day',
    'week sql_tsi_week',
    'month sql_tsi_month',
    'quarter sql_tsi_quarter',
    'year sql_tsi_year',
    'io_thread relay_thread',
    'replica slave',
    'replicas slaves',
    'replica_pos slave_pos',
    'geometrycollection geomcollection',
    'ndb ndbcluster',
  ].flatMap((row) => {
    const [kept, ...others] = row.split(' ') as [string, ...string[]]
    return others.map((other): [string, string] => [other, kept])
  }),
)

/**
 * Words after which an expression begins, so that `-` or `+` before a literal belongs to the literal. A superset
 * of what the servers use (MySQL folds `= -1`, MariaDB 10.11 does not; neither folds `BY -1`): both sides of a
 * comparison pass through the same rule, so a superset joins them and a subset would not. Reserved words only: a word
 * that can stand unquoted as a column (`value`, `offset`) must not change the meaning of `offset - 1`.
 */
export const EXPRESSION_FOLLOWS: ReadonlySet<string> = new Set(
  (
    'select distinct all by where and or xor not like regexp between in is when then else case if elseif having ' +
    'on set values limit interval div mod return default binary while using separator as straight_join ' +
    'sql_calc_found_rows high_priority low_priority sql_small_result sql_big_result kill to'
  ).split(' '),
)

/** Introducers (`_utf8mb4'x'`), which digest texts print as `(_charset)`. The union of both servers' sets. */
export const CHARSET_INTRODUCERS: ReadonlySet<string> = new Set(
  (
    'armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb18030 ' +
    'gb2312 gbk geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis ' +
    'swe7 tis620 ucs2 ujis utf16 utf16le utf32 utf8 utf8mb3 utf8mb4'
  )
    .split(' ')
    .map((name) => `_${name}`),
)
