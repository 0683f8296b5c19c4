/** actions: the catalogue, what each entry would do, and the switch of each. */
import type { Command } from 'commander'
import { type AnyAction, actionOf, allActions, mirrorCatalogue } from '../../app/index.ts'
import type { Json } from '../../core/canonical.ts'
import { exampleParameters, parameterWords } from '../../core/parameter-form.ts'
import { administrator, found, globals, identify, serveOf, withInstallation } from '../context.ts'
import { paint, print, table, wrap } from '../terminal.ts'
import { addActionStatus } from './action-status.ts'

/** Adds `actions`. */
export function addActionCommands(program: Command): void {
  const actions = program.command('actions').description('the catalogue: everything that may ever be done')
  addList(actions)
  addShow(actions)
  addActionStatus(actions)
  addSwitches(actions)
}

function addList(actions: Command): void {
  actions
    .command('list', { isDefault: true })
    .description('list the actions')
    .action((_options: unknown, command: Command) => {
      const rows = allActions().map((a) => ({
        id: a.id,
        version: a.version,
        risk: a.risk,
        category: a.category,
        title: a.title,
      }))
      print(globals(command).json, rows, () =>
        table(
          ['ACTION', 'RISK', 'KIND', 'WHAT IT DOES'],
          rows.map((r) => [r.id, r.risk, r.category, r.title]),
          'The catalogue is empty.',
        ),
      )
    })
}

function addShow(actions: Command): void {
  actions
    .command('show')
    .argument('<action>', 'id of an action')
    .description('what an action does, needs, guards, verifies, and how it is undone')
    .action((id: string, _options: unknown, command: Command) => {
      const action = found(actionOf(id), 'action', id)
      const example = exampleParameters(action.parameters)
      print(globals(command).json, { ...action, example }, () =>
        [
          `${paint('bold', action.id)} version ${action.version}: ${action.title}`,
          `risk ${action.risk}: ${action.riskReason}`,
          `statement  ${action.template}`,
          ...formOf(action, example),
          `checks     ${action.preconditions.join(', ')}`,
          `           in words: docs/actions/${action.id}.md`,
          `guards     ${action.guards.join('; ')}`,
          wrap(`verified by: ${action.verification}`, ''),
          'actionId' in action.undo
            ? `undo       ${action.undo.actionId}`
            : `no undo    ${action.undo.whyNot}`,
          `limits     ${action.limits.coolDownSeconds} s cool-down, ${action.limits.perTargetPerHour} an hour, ${action.limits.perTargetPerDay} a day on a target`,
          `privileges ${action.privileges.join('; ')}`,
        ].join('\n'),
      )
    })
}

/** What each parameter takes, how it is written, and the whole request to copy. */
function formOf(action: AnyAction, example: { readonly [name: string]: Json }): readonly string[] {
  const lines = Object.entries(action.parameters).map(
    ([name, item]) => `${name}: ${parameterWords(item)}, e.g. ${JSON.stringify(example[name])}`,
  )
  return [
    ...(lines.length === 0
      ? ['parameters none']
      : lines.map((l, i) => `${i === 0 ? 'parameters' : '          '} ${l}`)),
    `request    dbmedic request ${action.id} --target NAME --reason TEXT --params '${JSON.stringify(example)}'`,
  ]
}

function addSwitches(actions: Command): void {
  for (const enabled of [true, false]) {
    actions
      .command(enabled ? 'enable' : 'disable')
      .argument('<action>', 'id of an action')
      .option('--as <user>', 'your user name (or DBMEDIC_USER)')
      .description(
        enabled
          ? 'allow an action here (administrators)'
          : 'never propose or run an action here (administrators)',
      )
      .action((id: string, options: { as?: string }, command: Command) =>
        withInstallation(command, async (installation) => {
          const port = serveOf(installation)
          found(actionOf(id), 'action', id)
          const person = await administrator(installation, await identify(options.as))
          await mirrorCatalogue(installation)
          await port.setActionEnabled(id, enabled, person.userName)
          print(
            globals(command).json,
            { action: id, enabled },
            () => `${id} is ${enabled ? 'enabled' : 'disabled'}.`,
          )
        }),
      )
  }
}
