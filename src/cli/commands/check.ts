/** check and targets: what dbmedic can see and do on each target, and what is missing. Changes nothing. */
import type { Command } from 'commander'
import { type Config, checkExecutor, isOnDisk, openObserver, type TargetConfig } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { OPEN_ISSUE_STATES } from '../../core/lifecycle.ts'
import type { Issue, Target } from '../../core/nouns.ts'
import type { CapabilityReport } from '../../core/observer.ts'
import type { Store } from '../../core/store-ports.ts'
import { configOf, type Door, EXIT, globals, withDoor } from '../context.ts'
import { pasteable } from '../statement.ts'
import { paint, print, printable, table, wrap } from '../terminal.ts'

/** Adds `check` and `targets`. */
export function addCheckCommands(program: Command): void {
  addCheck(program)
  addTargets(program)
}

function addCheck(program: Command): void {
  program
    .command('check')
    .argument('<target>', 'name of a target in the configuration')
    .description(
      'name every missing capability and privilege of a target, with the exact statement that gives it',
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = globals(command)
      const config = configOf(options)
      const own = config.targets.find((t) => t.name === name)
      if (own === undefined) throw notConfigured(name, config)
      const observer = openObserver(config, {
        targetId: 0,
        targetName: name,
        engine: own.engine,
        connection: null,
        enabled: true,
        instanceUid: null,
      })
      try {
        const identity = await observer.identity()
        const capabilities = identity.known
          ? [...(await observer.capabilities()), ...(await checkExecutor(config, own))]
          : []
        print(options.json, { target: name, identity, capabilities }, () =>
          identity.known
            ? [
                `${name}: ${printable(identity.value.version)}${isOnDisk(own.engine) ? '' : `, up since ${identity.value.epoch}`}${identity.value.weak ? ', without an identity of its own' : ''}`,
                '',
                ...capabilities.map(line),
                '',
                summary(capabilities),
              ].join('\n')
            : `${name}: ${printable(identity.because)}\nNext: ${printable(identity.toProceed)}`,
        )
        const lacking = capabilities.some(isLacking)
        process.exitCode = !identity.known ? EXIT.failed : lacking ? EXIT.found : EXIT.ok
      } finally {
        await observer.close()
      }
    })
}

function addTargets(program: Command): void {
  program
    .command('targets')
    .description('list the targets and who watches them')
    .action((_options: unknown, command: Command) =>
      withDoor(command, async ({ store, config, remote }) => {
        const rows = await store.read.targets()
        const gaps = await openGaps(store, rows)
        const here = remote === null ? config.targets : []
        const waiting = here.filter((c) => rows.every((t) => t.targetName !== c.name))
        const listed = rows.map((t) => ({ ...t, gaps: gaps.get(t.targetId) ?? [] }))
        print(globals(command).json, listed, () =>
          table(
            ['TARGET', 'ENGINE', 'ADDRESS', 'WATCHED', 'IDENTITY', 'NOT SEEN'],
            [
              ...waiting.map((c) => [c.name, c.engine, placeOf(c), 'not yet', 'run: dbmedic start', '']),
              ...listed.map((t) => {
                const own = here.find((c) => c.name === t.targetName)
                return [
                  t.targetName,
                  t.engine,
                  own === undefined ? unknownPlace(remote) : placeOf(own),
                  t.enabled ? 'yes' : 'no',
                  t.instanceUid ?? 'not seen yet',
                  t.gaps.map(({ issueId, title }) => `#${issueId} ${title}`).join(', '),
                ]
              }),
            ],
            'No targets yet. Add one under `targets:` in dbmedic.yaml, then run: dbmedic start',
          ),
        )
      }),
    )
}

/** What of a target is not seen while it is watched, as an open issue says it: such a target is not healthy for want of issues. */
async function openGaps(
  { read }: Pick<Store, 'read'>,
  targets: readonly Target[],
): Promise<ReadonlyMap<number, readonly { readonly issueId: number; readonly title: string }[]>> {
  const gaps = await Promise.all(
    targets.map(async ({ targetId }) => {
      const open = await read.issues({ targetId, states: OPEN_ISSUE_STATES, limit: ISSUES_MOST })
      const own = open.filter((issue) => issue.issueCategory === 'MONITORING_GAP')
      return [targetId, own.map(gapOf)] as const
    }),
  )
  return new Map(gaps)
}

const ISSUES_MOST = 200
const gapOf = ({ issueId, affectedResourceName }: Issue) => ({ issueId, title: affectedResourceName })
/** A server does not tell where its targets are. */
const unknownPlace = (remote: Door['remote']): string =>
  remote === null ? 'not in this configuration' : `as ${remote.shown} has it`

const placeOf = (own: TargetConfig): string =>
  isOnDisk(own.engine) ? (own.dataPath ?? '') : (own.socketPath ?? `${own.host}:${own.port}`)

/** What nothing can give on this kind of server is no lack of this target: it is said, and counts for nothing. */
const isByDesign = (c: CapabilityReport): boolean => c.available === false && c.remedy.length === 0

const isLacking = (c: CapabilityReport): boolean => c.available !== true && !isByDesign(c)

/** How many of each, so that nobody counts; and what now. */
function summary(capabilities: readonly CapabilityReport[]): string {
  const there = capabilities.filter((c) => c.available === true).length
  const never = capabilities.filter(isByDesign).length
  const lacking = capabilities.filter(isLacking).length
  const rest = never === 0 ? '' : `, ${never} that this kind of server never has`
  const next =
    lacking === 0
      ? 'Next: dbmedic start'
      : 'A line marked “no” says what is lost and what gives it; some you can do without.\nNext: dbmedic start'
  return `${there} there, ${lacking} missing${rest}. ${next}`
}

/** A target of this name is asked about before `start` has ever seen it, so the configuration has the list. */
const notConfigured = (name: string, { targets }: Config): DbmedicError =>
  new DbmedicError('DBM_NOT_FOUND', {
    kind: 'target',
    id: name,
    hint:
      targets.length === 0
        ? 'Add it under `targets:` in dbmedic.yaml.'
        : `The configuration has: ${targets.map((t) => t.name).join(', ')}`,
  })

function line(c: CapabilityReport): string {
  const mark = markOf(c)
  const head = `${mark} ${c.id}: ${printable(c.found)}`
  if (c.available === true) return head
  return [
    head,
    wrap(c.consequence, '          '),
    ...pasteable(c.remedy).map((r) => `          ${paint('cyan', printable(r))}`),
  ].join('\n')
}

function markOf(c: CapabilityReport): string {
  if (c.available === true) return paint('green', 'yes    ')
  if (isByDesign(c)) return paint('dim', 'never  ')
  return c.available === false ? paint('red', 'no     ') : paint('yellow', 'unknown')
}
