// Words of the tree that the fact reader treats alike.

import type { Meeting } from './statement-facts.ts'

/** Operators that compare, and how. */
export const COMPARING: Readonly<Record<string, Meeting>> = {
  Eq: 'equal',
  Spaceship: 'equal',
  NotEq: 'unequal',
  Lt: 'range',
  LtEq: 'range',
  Gt: 'range',
  GtEq: 'range',
}

/** Members that hold names or types, never expressions. */
export const NOT_EXPRESSIONS = new Set([
  'name',
  'collation',
  'data_type',
  'alias',
  'prefix',
  'window_name',
  'field',
  'span',
  'leading_field',
  'last_field',
  'named_window',
])

/** Functions whose first argument is a unit of time written like a column. */
export const TAKES_UNIT = new Set([
  'timestampdiff',
  'timestampadd',
  'datediff',
  'dateadd',
  'date_part',
  'get_format',
])
