/** Conditions that compare the role of the connection with what it writes. '' is the owner. */
import { ROLLED_KINDS } from '../../core/rolled-series.ts'
import { ACCESS, ACCOUNT_ROLES, insertingRoles } from './access.ts'
import { type Condition, conditions } from './condition.ts'
import type { Dialect } from './dialect.ts'
import type { Table } from './table.ts'
import { TABLES } from './tables.ts'

const words = (list: readonly string[]): string => list.map((word) => `'${word}'`).join(', ')

/** Tables only the store’s own triggers and migrations fill; logins follow from their registrations (GOV-068). */
const INTERNAL: readonly string[] = [
  'audit_log',
  'audit_head',
  'state_transitions',
  'metric_samples',
  'users',
  'workspace_recoveries',
  'person_keys',
]

const BY_TABLE: readonly Condition[] = TABLES.filter((table) => !INTERNAL.includes(table.name)).flatMap(
  (table) =>
    conditions(table.name, 'insert', [
      ['GOV-007', (d: Dialect) => `${d.role} IN (${words(['', ...insertingRoles(table.name)])})`],
    ]),
)

/** Tables that triggers change on behalf of other roles: their rows follow from evidence, not from a role. */
const MOVED_BY_TRIGGERS: readonly string[] = [
  'detected_issues',
  'recovery_decisions',
  'standing_approvals',
  'failure_patterns',
  'recovery_tasks',
]

/** A role changes only its own columns; moments are the store's. */
function ownColumnsOnly(table: Table, d: Dialect): string {
  const moments = table.columns.filter((column) => column.kind.is === 'mark').map((column) => column.name)
  const roles = ACCOUNT_ROLES.filter((role) => ACCESS[role][table.name]?.update !== undefined)
  const cases = roles.map((role) => {
    const own = [...(ACCESS[role][table.name]?.update ?? []), ...moments]
    const others = table.mutable.filter((column) => !own.includes(column))
    const kept = others.map((column) => ` AND ${d.same(`NEW.${column}`, `OLD.${column}`)}`)
    return `(${d.role} = '${role}'${kept.join('')})`
  })
  return [`${d.role} = ''`, ...cases].join(' OR ')
}

const BY_COLUMN: readonly Condition[] = TABLES.filter(
  (table) => table.mutable.length > 0 && ![...INTERNAL, ...MOVED_BY_TRIGGERS].includes(table.name),
).flatMap((table) =>
  conditions(table.name, 'update', [['GOV-007', (d: Dialect) => ownColumnsOnly(table, d)]]),
)

/** Tables where several roles insert, each its own kind of row; of samples only those that let others go are looked at. */
const BY_VALUE: readonly Condition[] = [
  ...conditions('metric_samples', 'insert', [
    [
      'GOV-007',
      (d) =>
        `NEW.series_kind NOT IN (${words(Object.values(ROLLED_KINDS))}) OR ${d.role} IN (${words(['', ...insertingRoles('metric_samples')])})`,
    ],
  ]),
  ...conditions('detection_events', 'insert', [
    ['GOV-007', (d) => `${d.role} <> 'reason' OR NEW.detection_source = 'MANUAL'`],
    ['GOV-007', (d) => `${d.role} <> 'observe' OR NEW.detection_source <> 'MANUAL'`],
  ]),
  ...conditions('decision_endings', 'insert', [
    [
      'GOV-007',
      (d) =>
        `${d.role} = '' OR (NEW.ending = 'EXPIRED' AND ${d.role} = 'reason') OR (NEW.ending = 'VOIDED' AND ${d.role} = 'act') OR (NEW.ending NOT IN ('EXPIRED', 'VOIDED') AND ${d.role} = 'serve')`,
    ],
  ]),
  ...conditions('execution_verifications', 'insert', [
    ['GOV-007', (d) => `${d.role} = '' OR (NEW.assessed_by = 'act') = (${d.role} = 'act')`],
  ]),
]

/** Role conditions. */
export const ROLE_CONDITIONS: readonly Condition[] = [...BY_TABLE, ...BY_COLUMN, ...BY_VALUE]
