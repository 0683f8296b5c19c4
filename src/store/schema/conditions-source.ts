/**
 * Conditions on changes of an application's own files (targets of engine `source`). A fix is rendered again by the
 * executor from a scan; what may be put back is a matter of the store's own records, and is judged here: when it is
 * decided, and again when its run is queued and started, so that a decision from before these rules runs under them.
 */
import { type Condition, conditions } from './condition.ts'
import type { Dialect } from './dialect.ts'

/** The one action that does not rest on an earlier run. */
const FIRST = "'source/apply-patch'"

/** A JSON fragment as text that can be compared; NULL for a missing member. Paths of files may be longer than `jsonText` gives. */
const part = (d: Dialect, document: string, path: string): string =>
  d.name === 'sqlite'
    ? d.jsonPart(document, path)
    : `CONVERT(${d.jsonPart(document, path)} USING utf8mb4) COLLATE utf8mb4_bin`

/** A JSON text as the text it stands for, however long. */
const scalar = (d: Dialect, document: string, path: string): string =>
  d.name === 'sqlite'
    ? d.jsonText(document, path)
    : `CONVERT(JSON_UNQUOTE(${d.jsonPart(document, path)}) USING utf8mb4) COLLATE utf8mb4_bin`

/** The decision’s action is such; one that cannot be read is not. */
const actionIs = (d: Dialect, row: string, condition: string): string =>
  `EXISTS (SELECT 1 FROM predefined_actions q WHERE q.action_id = ${row}.recommended_action_id AND ${condition}${d.share})`

/**
 * `row` is a decision that fixes, or what it puts back is what a completed run replaced on the same folder. Such a run
 * is of a fix, or was itself held to this rule. What has ended never changes, so no lock is taken to read it: one that
 * ended after the session's snapshot is not seen, which refuses.
 */
const restsOnARun = (d: Dialect, row: string): string => {
  const file = (of: string, member: string): string =>
    part(d, `${of}.binding_text`, `$.parameters.file.${member}`)
  const same = [
    `${file('o', 'path')} = ${file(row, 'path')}`,
    `${file('o', 'before')} = ${file(row, 'after')}`,
    `${file('o', 'after')} = ${file(row, 'before')}`,
    `${part(d, 'o.binding_text', '$.target.instanceUid')} = ${part(d, `${row}.binding_text`, '$.target.instanceUid')}`,
  ]
  const run =
    "p.engine = 'source' AND x.purpose = 'DO' AND x.execution_status = 'COMPLETED' AND x.execution_outcome IN ('SUCCESS', 'PARTIAL_SUCCESS')"
  return `${actionIs(d, row, `(q.engine <> 'source' OR q.action_name = ${FIRST})`)} OR EXISTS (SELECT 1 FROM predefined_actions p JOIN action_executions x ON x.action_id = p.action_id JOIN recovery_decisions o ON o.decision_id = x.decision_id WHERE ${run} AND o.target_id = ${row}.target_id AND ${same.join(' AND ')})`
}

/** Two texts one after the other. */
const joined = (d: Dialect, ...parts: readonly string[]): string =>
  d.name === 'sqlite' ? parts.join(' || ') : `CONCAT(${parts.join(', ')})`

/** The text of a step says of which file, from which digest to which, in its first lines (patch-step.ts). */
const saysOf = (d: Dialect, row: string, { at, from, to }: Record<'at' | 'from' | 'to', string>): string => {
  const text = scalar(d, `${row}.binding_text`, at)
  const member = (name: string): string => scalar(d, `${row}.binding_text`, `$.parameters.file.${name}`)
  const line = d.name === 'sqlite' ? 'char(10)' : 'CHAR(10 USING utf8mb4)'
  const length = d.name === 'sqlite' ? 'length' : 'CHAR_LENGTH'
  const path = part(d, `${row}.binding_text`, '$.parameters.file.path')
  const head = joined(
    d,
    line,
    "'file '",
    path,
    line,
    "'before '",
    member(from),
    line,
    "'after '",
    member(to),
    line,
    "'--- '",
  )
  const lines = `substr(${text}, instr(${text}, ${joined(d, line, "'file '")}), ${length}(${head}))`
  return `${lines} = ${head}`
}

const isOneDiff = (d: Dialect, row: string): string => {
  const count = (path: string): string => d.jsonLength(d.jsonPart(`${row}.binding_text`, path))
  const there = saysOf(d, row, { at: '$.steps[0].text', from: 'before', to: 'after' })
  const back = saysOf(d, row, { at: '$.undo.plan.steps[0].text', from: 'after', to: 'before' })
  return `${actionIs(d, row, "q.engine <> 'source'")} OR (${count('$.steps')} = 1 AND ${count('$.guards')} = 0 AND ${there} AND (${d.jsonPart(`${row}.binding_text`, '$.undo.plan')} IS NULL OR (${count('$.undo.plan.steps')} = 1 AND ${count('$.undo.plan.guards')} = 0 AND ${back})))`
}

/** The same of the decision a run is of; a decision that cannot be read refuses. */
const decided =
  (rule: (d: Dialect, row: string) => string) =>
  (d: Dialect): string =>
    `EXISTS (SELECT 1 FROM recovery_decisions n WHERE n.decision_id = NEW.decision_id AND (${rule(d, 'n')})${d.share})`

const starting =
  (rule: (d: Dialect) => string) =>
  (d: Dialect): string =>
    `NOT (OLD.execution_status = 'QUEUED' AND NEW.execution_status = 'IN_PROGRESS') OR ${rule(d)}`

/** Conditions of decisions and runs on repositories. */
export const SOURCE_CONDITIONS: readonly Condition[] = [
  ...conditions('recovery_decisions', 'insert', [
    ['GOV-129', (d) => restsOnARun(d, 'NEW')],
    ['GOV-130', (d) => isOneDiff(d, 'NEW')],
  ]),
  ...conditions('action_executions', 'insert', [
    ['GOV-129', decided(restsOnARun)],
    ['GOV-130', decided(isOneDiff)],
  ]),
  ...conditions('action_executions', 'update', [
    ['GOV-129', starting(decided(restsOnARun))],
    ['GOV-130', starting(decided(isOneDiff))],
  ]),
]
