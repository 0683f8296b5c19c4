/** store, config: the pipeline's rows and the configuration. What destroys shows first and does it with --execute. */
import { existsSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { dumpStore, migrateStore, rollbackStore, storeGrants, storeStatus } from '../../app/index.ts'
import { DbmedicError } from '../../core/errors.ts'
import { configOf, fileProblem, globals, idArgument } from '../context.ts'
import { print, table } from '../terminal.ts'

/** Adds `store` and `config`. */
export function addStoreCommands(program: Command): void {
  const store = program.command('store').description('the store: migrate, status, rollback, dump, grants')
  addMigrations(store)
  store
    .command('dump')
    .description('print the live schema: tables, columns, keys, checks, triggers')
    .action(
      async (_options: unknown, command: Command) =>
        void process.stdout.write(await dumpStore(configOf(globals(command)))),
    )
  store
    .command('grants')
    .description('print the exact accounts and grants of a store on MySQL or MariaDB')
    .option('--host <host>', 'where the accounts may come from', 'localhost')
    .action((options: { host: string }, command: Command) => {
      const sql = storeGrants(configOf(globals(command)), options.host)
      if (globals(command).json) print(true, { sql }, () => sql)
      else process.stdout.write(sql)
    })
  addConfig(program)
}

function addMigrations(store: Command): void {
  store
    .command('migrate')
    .description('bring the store to this program’s schema')
    .action(async (_options: unknown, command: Command) => {
      const applied = await migrateStore(configOf(globals(command)))
      print(globals(command).json, { applied }, () =>
        applied.length === 0 ? 'Nothing to do: the store is up to date.' : `Applied: ${applied.join(', ')}`,
      )
    })
  store
    .command('status')
    .description('list the migrations and where the store stands')
    .action(async (_options: unknown, command: Command) => {
      const rows = await storeStatus(configOf(globals(command)))
      print(globals(command).json, rows, () =>
        table(
          ['VERSION', 'NAME', 'STATE', 'APPLIED'],
          rows.map((r) => [String(r.version), r.name, r.state, r.appliedAt ?? '']),
          'This program has no migrations.',
        ),
      )
    })
  store
    .command('rollback')
    .argument('<count>', 'how many migrations, newest first')
    .option('--execute', 'really do it; without it only what would be lost is shown', false)
    .description('take migrations back; every row of their tables is lost')
    .action(async (count: string, options: { execute: boolean }, command: Command) => {
      const config = configOf(globals(command))
      const most = idArgument(count, 'migrations')
      const applied = (await storeStatus(config)).filter((m) => m.state === 'APPLIED')
      const going = applied.slice(-most).reverse()
      if (!options.execute) {
        return print(globals(command).json, { would: going }, () =>
          going.length === 0
            ? 'Nothing is applied.'
            : `Would take back, with all rows: ${going.map((m) => `${m.version} ${m.name}`).join(', ')}. Do it with --execute.`,
        )
      }
      const done = await rollbackStore(config, most)
      print(globals(command).json, { done }, () => `Taken back: ${done.join(', ')}`)
    })
}

/**
 * Comments at the left edge stand before a key: `users add` writes the file anew, and one after the targets would then be
 * indented as if it were about the last of them.
 */
const STARTER = `# dbmedic configuration. Every key and default: docs/configuration.md
store: ./dbmedic.sqlite
# What needs space (an index, a rebuild) is refused where nobody knows how much is free: name \`dataPath\` of a target
# whose data this machine sees (below), else say here how many bytes are free on every target:
# actions:
#   diskFreeBytes: 50000000000
targets:
  - name: example
    engine: mysql
    host: 127.0.0.1
    port: 3306
    tls: require
    monitor: { user: dbm_mon, password: "env:DBM_MONITOR_PASSWORD" }
    planner: { user: dbm_plan, password: "env:DBM_PLANNER_PASSWORD" }
    executor: { user: dbm_exec, password: "env:DBM_EXECUTOR_PASSWORD" }
    # dataPath: /var/lib/mysql    (any path on the file system of the server's data)
`

function addConfig(program: Command): void {
  const config = program.command('config').description('the configuration')
  config
    .command('check', { isDefault: true })
    .description('check the configuration; nothing is started')
    .action((_options: unknown, command: Command) => {
      const valid = configOf(globals(command))
      print(
        globals(command).json,
        valid,
        () => `Valid: ${valid.targets.length} target(s), store ${valid.store.replace(/:\/\/.*@/, '://…@')}`,
      )
    })
  config
    .command('init')
    .description('write a starting dbmedic.yaml; an existing file is left alone')
    .action((_options: unknown, command: Command) => {
      const file = globals(command).config
      if (existsSync(file))
        throw new DbmedicError('DBM_USAGE', {
          problem: `${file} exists already`,
          hint: 'Edit it, or name another file with --config.',
        })
      try {
        writeFileSync(file, STARTER, { mode: 0o600, flag: 'wx' })
      } catch (error) {
        throw fileProblem(file, error)
      }
      process.stdout.write(`Wrote ${file}. Next: edit the target, then dbmedic check example\n`)
    })
}
