/** actions status: which actions are on here, and how their runs went. */
import type { Command } from 'commander'
import { z } from 'zod'
import { allActions } from '../../app/index.ts'
import { FIRST_WORKSPACE } from '../../server/context.ts'
import { catalogueItemSchema } from '../../server/schemas/catalogue.ts'
import { list } from '../../server/schemas/parts.ts'
import { type Door, globals, withDoor } from '../context.ts'
import { print, round, table, utc } from '../terminal.ts'

/** What is said of one action. */
interface Status {
  readonly actionName: string
  readonly actionVersion: number
  readonly riskLevel: string
  /** Null: the store has no row of this version yet. */
  readonly enabled: boolean | null
  readonly runs: number
  /** Percent; null: none was measured. */
  readonly medianImprovementPercent: number | null
  readonly lastRunAt: string | null
}

/** Adds the command to `actions`. */
export function addActionStatus(actions: Command): void {
  actions
    .command('status')
    .description('list which actions are on here, and how their runs went')
    .action((_options: unknown, command: Command) =>
      withDoor(command, async (door) => {
        const rows = await statusesOf(door)
        print(globals(command).json, rows, () =>
          table(
            ['ACTION', 'RISK', 'HERE', 'RUNS', 'MEDIAN GAIN', 'LAST RUN (UTC)'],
            rows.map((each) => [
              each.actionName,
              each.riskLevel,
              each.enabled === null ? 'not known yet' : each.enabled ? 'on' : 'off',
              String(each.runs),
              each.medianImprovementPercent === null ? '' : `${round(each.medianImprovementPercent)} %`,
              each.lastRunAt === null ? '' : utc(each.lastRunAt),
            ]),
            'The catalogue is empty.',
          ),
        )
      }),
    )
}

const NEVER = { runs: 0, medianImprovementPercent: null, lastRunAt: null } as const
const items = z.object({ items: list(catalogueItemSchema) })

async function statusesOf({ here, remote }: Door): Promise<readonly Status[]> {
  if (here === null) {
    const answer = await remote?.get<z.infer<typeof items>>('/api/catalogue', items)
    return (answer?.items ?? []).map(({ actionName, actionVersion, riskLevel, enabled, record }) => ({
      ...{ actionName, actionVersion, riskLevel, enabled },
      runs: record.runs,
      medianImprovementPercent: record.medianImprovementPercent,
      lastRunAt: record.lastRunAt,
    }))
  }
  const { read, browse } = here.store
  const [rows, records] = [await read.actions(), await browse.actionRecords(FIRST_WORKSPACE)]
  return allActions().map(({ id, version, risk }) => {
    const row = rows.find((each) => each.actionName === id && each.actionVersion === version)
    const { runs, medianImprovementPercent, lastRunAt } =
      records.find((each) => each.actionName === id) ?? NEVER
    const known = { actionName: id, actionVersion: version, riskLevel: risk }
    return { ...known, enabled: row?.actionEnabled ?? null, runs, medianImprovementPercent, lastRunAt }
  })
}
