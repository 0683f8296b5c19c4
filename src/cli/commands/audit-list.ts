/** audit list: the chain looked through, by who, what, when and about which thing. */
import type { Command } from 'commander'
import { z } from 'zod'
import {
  AUDIT_SUBJECTS,
  type AuditFilter,
  type AuditHits,
  auditedKinds,
  auditSubject,
  readingRoles,
  searchAudit,
} from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { auditHitSchema } from '../../server/schemas/browse.ts'
import { list } from '../../server/schemas/parts.ts'
import { oneOf, timeArgument } from '../arguments.ts'
import { type Door, globals, idArgument, withDoor } from '../context.ts'
import { print, show, table, utc } from '../terminal.ts'

interface ListOptions {
  readonly who?: string
  readonly kind?: string
  readonly subject?: string
  readonly since?: string
  readonly until?: string
  readonly before?: string
  readonly limit: string
}

/** As many as the API gives at once. */
const ROWS_MOST = 200

/** Adds the command to `audit`. */
export function addAuditList(audit: Command): void {
  audit
    .command('list', { isDefault: true })
    .description('list links of the chain, newest first')
    .option('--who <name>', 'only what this login, role or account did')
    .option('--kind <table>', 'only changes of this table, such as admin_approvals')
    .option('--subject <thing>', `only about this: ${AUDIT_SUBJECTS.map((each) => `${each}:…`).join(', ')}`)
    .option('--since <time>', 'from this time on, with its zone (2027-01-31T22:00:00Z)')
    .option('--until <time>', 'before this time, with its zone')
    .option('--before <link>', 'only links below this number (for the next page)')
    .option('--limit <n>', 'at most this many', '50')
    .action((options: ListOptions, command: Command) => {
      const wanted = filterOf(options)
      const before = options.before === undefined ? null : idArgument(options.before, 'a link')
      const limit = Math.min(ROWS_MOST, idArgument(options.limit, 'rows'))
      return withDoor(
        command,
        async (door) => {
          const { hits, next } = await hitsOf(door, options, { wanted, before, limit })
          const { json } = globals(command)
          print(json, { links: hits, next }, () =>
            table(
              ['LINK', 'WHEN (UTC)', 'WHO', 'WHAT', 'OF'],
              hits.map((each) => [
                String(each.seq),
                utc(each.at),
                each.who ?? each.role,
                each.op === 'insert' ? 'added' : 'changed',
                `${each.kind} ${each.key}`,
              ]),
              next === null ? 'No link is like that.' : 'No link is like that so far.',
            ),
          )
          if (!json && next !== null) show(`Older links: --before ${next}`)
        },
        { rolesOf: readingRoles },
      )
    })
}

function filterOf({ who, kind, subject, since, until }: ListOptions): AuditFilter {
  const about = subject === undefined ? undefined : auditSubject(subject)
  if (about === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: `“${subject}” is nothing the chain is looked through for`,
      hint: `Write it as decision:12; there are ${AUDIT_SUBJECTS.join(', ')}.`,
    })
  return {
    who,
    kind: kind === undefined ? undefined : oneOf(auditedKinds(), kind, 'audited table'),
    subject: about,
    since: since === undefined ? undefined : timeArgument(since),
    until: until === undefined ? undefined : timeArgument(until),
  }
}

const found = z.object({ items: list(auditHitSchema), next: z.int().nullable() })

async function hitsOf(
  { here, remote }: Door,
  { subject }: ListOptions,
  page: { readonly wanted: AuditFilter; readonly before: number | null; readonly limit: number },
): Promise<AuditHits> {
  const { wanted, before, limit } = page
  if (here !== null) return searchAudit(here.store, wanted, { before, limit })
  const words = Object.entries({ ...wanted, subject, before, limit }).filter(
    (pair): pair is [string, string | number] => typeof pair[1] === 'string' || typeof pair[1] === 'number',
  )
  const answer = await remote?.get<z.infer<typeof found>>(
    '/api/audit/search',
    found,
    Object.fromEntries(words),
  )
  return { hits: answer?.items ?? [], next: answer?.next ?? null }
}
