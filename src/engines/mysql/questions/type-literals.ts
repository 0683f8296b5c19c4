/** A literal of each family of types: by its type, not by its value, a comparison can use an index or cannot. */
const LITERALS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:tinyint|smallint|mediumint|int|integer|bigint|decimal|dec|numeric|fixed|float|double|real|bit|bool|boolean|year)$/,
    '1',
  ],
  [
    /^(?:n?char|n?varchar|varcharacter|character|national|tinytext|text|mediumtext|longtext|enum|set)$/,
    "'1'",
  ],
  [/^(?:binary|varbinary|tinyblob|blob|mediumblob|longblob)$/, "x'31'"],
  [/^date$/, "DATE '2000-01-01'"],
  [/^(?:datetime|timestamp)$/, "TIMESTAMP '2000-01-01 00:00:00'"],
  [/^time$/, "TIME '00:00:00'"],
]

/** A literal of a type, given by its first word; null for types that have none of their own. */
export const literalOf = (type: string): string | null =>
  LITERALS.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1] ?? null
