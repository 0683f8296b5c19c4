/** check and targets: what dbmedic can see and do on each target, and what is missing. Changes nothing. */
import type { Command } from 'commander'
import { checkExecutor, openObserver } from '../../app/index.ts'
import type { CapabilityReport } from '../../core/observer.ts'
import { configOf, EXIT, found, globals, withInstallation } from '../context.ts'
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
      const own = found(config.targets.find((t) => t.name === name) ?? null, 'target', name)
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
                `${name}: ${printable(identity.value.version)}, up since ${identity.value.epoch}${identity.value.weak ? ', without an identity of its own' : ''}`,
                '',
                ...capabilities.map(line),
              ].join('\n')
            : `${name}: ${printable(identity.because)}\nNext: ${printable(identity.toProceed)}`,
        )
        const lacking = capabilities.some((c) => c.available !== true)
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
      withInstallation(command, async ({ store, config }) => {
        const rows = await store.read.targets()
        print(globals(command).json, rows, () =>
          table(
            ['TARGET', 'ENGINE', 'ADDRESS', 'WATCHED', 'IDENTITY'],
            rows.map((t) => {
              const own = config.targets.find((c) => c.name === t.targetName)
              return [
                t.targetName,
                t.engine,
                own === undefined
                  ? 'not in this configuration'
                  : (own.socketPath ?? `${own.host}:${own.port}`),
                t.enabled ? 'yes' : 'no',
                t.instanceUid ?? 'not seen yet',
              ]
            }),
            'No targets yet. Add one under `targets:` in dbmedic.yaml, then run: dbmedic start',
          ),
        )
      }),
    )
}

function line(c: CapabilityReport): string {
  const mark =
    c.available === true
      ? paint('green', 'yes    ')
      : c.available === false
        ? paint('red', 'no     ')
        : paint('yellow', 'unknown')
  const head = `${mark} ${c.id}: ${printable(c.found)}`
  if (c.available === true) return head
  return [
    head,
    wrap(c.consequence, '          '),
    ...c.remedy.map((r) => `          ${paint('cyan', printable(r))}`),
  ].join('\n')
}
