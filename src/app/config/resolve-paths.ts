/** Relative paths of a configuration file are meant from its own folder, wherever a command is run. */
import { dirname, resolve } from 'node:path'
import type { Config, TargetConfig } from './schema.ts'

const SECRET_FILE = 'file:'

/**
 * The configuration with every path absolute: `store` (unless it is a server), `keyring`, those of repositories, the files of `storeTls`, of
 * targets (`socketPath`, `caFile`, `certFile`, `keyFile`, `dataPath`, options whose name ends in `File` or `Folder`) and of secrets (`file:PATH`).
 */
export function resolvePaths(config: Config, file: string): Config {
  const from = dirname(resolve(file))
  const path = <P extends string | null>(given: P): P => (given === null ? given : resolve(from, given)) as P
  const secret = (reference: string): string =>
    reference.startsWith(SECRET_FILE)
      ? `${SECRET_FILE}${resolve(from, reference.slice(SECRET_FILE.length))}`
      : reference
  const account = <A extends { readonly password: string } | null>(given: A): A =>
    given === null ? given : { ...given, password: secret(given.password) }
  const target = (given: TargetConfig): TargetConfig => ({
    ...given,
    socketPath: path(given.socketPath),
    caFile: path(given.caFile),
    certFile: path(given.certFile),
    keyFile: path(given.keyFile),
    dataPath: path(given.dataPath),
    monitor: account(given.monitor),
    planner: account(given.planner),
    executor: account(given.executor),
    options: Object.fromEntries(
      Object.entries(given.options).map(([name, value]) => [
        name,
        /(?:File|Folder)$/.test(name) && typeof value === 'string' && value !== ''
          ? resolve(from, value)
          : value,
      ]),
    ),
  })
  const { storeTls } = config
  return {
    ...config,
    store: /^([a-z]+:\/\/|:memory:$)/i.test(config.store) ? config.store : resolve(from, config.store),
    storeAccounts: Object.fromEntries(
      Object.entries(config.storeAccounts).map(([role, given]) => [role, account(given)]),
    ),
    storeTls:
      storeTls === null
        ? null
        : {
            ...storeTls,
            caFile: path(storeTls.caFile),
            certFile: path(storeTls.certFile),
            keyFile: path(storeTls.keyFile),
          },
    keyring: path(config.keyring),
    targets: config.targets.map(target),
    repositories: config.repositories.map((given) => ({ ...given, path: path(given.path) })),
    model: { ...config.model, apiKey: secret(config.model.apiKey) },
    panel:
      config.panel === null
        ? null
        : {
            ...config.panel,
            secretKey: config.panel.secretKey === null ? null : secret(config.panel.secretKey),
          },
  }
}
