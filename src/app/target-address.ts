/** From a target of the configuration to where and how to connect. */
import type { Json } from '../core/canonical.ts'
import type { TargetAddress } from '../core/engine.ts'
import { DbmedicError } from '../core/errors.ts'
import type { Target } from '../core/nouns.ts'
import type { Config, TargetConfig } from './config/schema.ts'

/** The configuration of a stored target. @throws DbmedicError DBM_TARGET_UNKNOWN if it is not configured here. */
export function configOf(config: Config, target: Target): TargetConfig {
  const found = config.targets.find((t) => t.name === target.targetName)
  if (found === undefined) {
    const known = config.targets.map((t) => t.name).join(', ')
    throw new DbmedicError('DBM_TARGET_UNKNOWN', {
      target: target.targetName,
      known: known === '' ? 'none' : known,
    })
  }
  return found
}

/** What an address takes of the whole configuration. */
type Surroundings = Pick<Config, 'targets' | 'detection' | 'store'>

/** Whether a target of this engine is a file or folder of this machine, and no server that is connected to. */
export const isOnDisk = (engine: string): boolean => engine === 'source' || engine === 'sqlite'

/** What an engine is told of its target beside the options a person may give. */
function ownOptions({ engine, dataPath }: TargetConfig, { store, detection }: Surroundings) {
  if (engine === 'source') return { root: dataPath }
  if (engine === 'sqlite') return { file: dataPath, notFile: store }
  return { pace: detection.pace }
}

/** Address of a target, without credentials; `detection.pace` multiplies the engine's intervals. */
export function addressOf(target: Target, config: TargetConfig, all: Surroundings): TargetAddress {
  return {
    targetId: target.targetId,
    name: target.targetName,
    host: config.host,
    port: config.port,
    socketPath: config.socketPath,
    tls: config.tls,
    caFile: config.caFile,
    certFile: config.certFile,
    keyFile: config.keyFile,
    connectTimeoutMs: config.connectTimeoutMs,
    ownUsers: ownUsers(config, all),
    options: { ...config.options, ...ownOptions(config, all) },
  }
}

/** The targets on the server of this one, itself included: those with its engine and address as they are written. */
export function targetsBeside(config: TargetConfig, { targets }: Pick<Config, 'targets'>): TargetConfig[] {
  const place = placeOf(config)
  return targets.filter((one) => one.engine === config.engine && placeOf(one) === place)
}

const placeOf = ({ engine, dataPath, host, port, socketPath }: TargetConfig): string =>
  isOnDisk(engine) ? (dataPath ?? '') : (socketPath ?? `${host.toLowerCase()}:${port}`)

function ownUsers(config: TargetConfig, all: Surroundings): readonly string[] {
  const accounts = targetsBeside(config, all).flatMap((one) => [one.monitor, one.planner, one.executor])
  return [...new Set(accounts.flatMap((account) => account?.user ?? []))].filter((user) => user !== '')
}

/** What the store keeps of a target's connection: no secrets and no references to them. */
export function connectionRow(config: TargetConfig): Json {
  if (isOnDisk(config.engine)) return { path: config.dataPath }
  return { host: config.host, port: config.port, socketPath: config.socketPath, tls: config.tls }
}
