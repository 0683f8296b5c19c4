/** An UPDATE or DELETE that touches every row of a table. */
import type { WriteUse } from '../sql/index.ts'
import type { CodeRule } from './rule.ts'
import { isDynamic, type SourceStatement } from './source-statement.ts'

/** Functions that say they mean all rows, and tables that are emptied by design. */
const MEANS_ALL =
  /clear|reset|truncate|wipe|flush|purge|empty|delete_?all|remove_?all|drop|clean|prune|rebuild|refresh|sync|migrat|init|seed|import|teardown|uninstall|recompute|recalc|replace|reload|restore|repopulate|regenerat|backfill|ensure|upgrade|deactivate|(delete|remove|update|set|disable|enable|mark|save|store|write|put)\w*all/i
/** Migrations written into a program: what they change is all there is. */
const OF_MIGRATION = /(^|\W)(up|down)(\W|$)/
const EMPTIED = /te?mp|cache|session|queue|staging|scratch|lock|snapshot|index|fts|search/i

/** Tables that by their names have one row: what state a program is in, which version its schema has. */
const ONE_ROW = /(state|version|config|settings?|meta(data)?|watermark|counter|singleton)$|^schema$/i

/** Whether the same function fills the table again, so that what is removed is replaced on purpose. */
const refills = (table: string, statement: SourceStatement, beside: readonly SourceStatement[]): boolean =>
  beside.some(
    (each) =>
      each !== statement &&
      each.within === statement.within &&
      each.facts?.root === 'Insert' &&
      each.facts.tables.some(({ name }) => name.parts.at(-1)?.toLowerCase() === table.toLowerCase()),
  )

const isRestricted = ({ hasWhere, hasLimit, joined }: WriteUse): boolean => hasWhere || hasLimit || joined

/** Whether all rows are meant, by what the table is called and what else the function does. */
function isOnPurpose(
  table: string,
  { kind }: WriteUse,
  { statement, beside }: { readonly statement: SourceStatement; readonly beside: readonly SourceStatement[] },
): boolean {
  if (isDynamic(table) || EMPTIED.test(table)) return true
  return kind === 'update' ? ONE_ROW.test(table) : refills(table, statement, beside)
}

const meansAll = (within: string): boolean => MEANS_ALL.test(within) || OF_MIGRATION.test(within)

/** One column set to nothing, as a flag is that one row may have. */
const CLEARS_FLAG = /\bupdate\s+["`]?(\w+)["`]?\s+set\s+["`]?(\w+)["`]?\s*=\s*(?:0|false|null|'')\s*;?\s*$/i

/** Whether the same function gives the flag to another row next, so that all others lose it on purpose. */
function movesFlag(statement: SourceStatement, beside: readonly SourceStatement[]): boolean {
  const [, table = '', flag = ''] = CLEARS_FLAG.exec(statement.text) ?? []
  if (table === '') return false
  const givesIt = new RegExp(`\\b(insert\\s+into|update)\\s+["\`]?${table}\\b[\\s\\S]*\\b${flag}\\b`, 'i')
  return beside.some(
    (each) => each !== statement && each.within === statement.within && givesIt.test(each.text),
  )
}

export const writeWithoutWhere: CodeRule = {
  id: 'WRITE_WITHOUT_WHERE',
  title: 'An UPDATE or DELETE has no WHERE',
  severity: 'high',
  needsSchema: false,
  check: (statement, { beside }) => {
    const { facts } = statement
    if (facts === null || statement.factsPartial || meansAll(statement.within)) return []
    if (movesFlag(statement, beside)) return []
    return facts.writes.flatMap((write) => {
      const name = write.table?.parts.at(-1) ?? ''
      if (isRestricted(write) || write.table === null) return []
      if (isOnPurpose(name, write, { statement, beside })) return []
      const verb = write.kind.toUpperCase()
      return [
        {
          severity: 'high' as const,
          span: statement.locate(write.table.span.start, write.table.span.end),
          message: `this ${verb} has no WHERE: it ${write.kind === 'update' ? 'changes' : 'removes'} every row of ${name}`,
          why: `${locking(statement.dialect.name)} What it overwrites or removes is gone when it commits.`,
          instead:
            write.kind === 'update'
              ? `Add the condition that is meant: UPDATE ${name} SET … WHERE …; if all rows are meant, say so in a suppression.`
              : `Add the condition that is meant: DELETE FROM ${name} WHERE …; to empty a table on purpose, TRUNCATE or a suppression says so.`,
        },
      ]
    })
  },
}

function locking(dialect: string): string {
  if (dialect === 'sqlite') return 'Nobody else can write while it runs.'
  return dialect === 'postgresql'
    ? 'Every row is written again and stays locked until the transaction ends.'
    : 'InnoDB locks every row and every gap of the table until the transaction ends.'
}
