/** What the executor's account of a target may do, against what the catalogue says each action needs. */
import type { PrivilegeNeed } from '../core/engine.ts'
import type { CapabilityReport } from '../core/observer.ts'
import { type AnyAction, engineEntry } from './catalogue.ts'
import type { Config, TargetConfig } from './config/schema.ts'
import { readCredentials } from './secrets.ts'
import { deniedSchemas } from './store.ts'
import { addressOf, isOnDisk } from './target-address.ts'

/**
 * One report a family of actions that need the same, each lack with the exact GRANT, and one for what is held beyond
 * them. Never throws for what the target does. @throws DbmedicError if a secret is missing.
 */
export async function checkExecutor(config: Config, own: TargetConfig): Promise<readonly CapabilityReport[]> {
  if (own.executor === null) return [isOnDisk(own.engine) ? NO_WRITE : NO_EXECUTOR]
  const { engine, actions, executorReads } = engineEntry(own.engine)
  const target = {
    targetId: 0,
    targetName: own.name,
    engine: own.engine,
    connection: null,
    enabled: true,
    instanceUid: null,
  }
  const accounts = { executor: readCredentials(own.executor), monitor: readCredentials(own.monitor) }
  return engine.checkExecutor(addressOf(target, own, config), accounts, {
    needs: needsOf(actions, executorReads),
    denySchemas: deniedSchemas(config),
  })
}

const NO_EXECUTOR: CapabilityReport = {
  id: 'executor',
  available: false,
  found: 'no executor account is configured',
  consequence: 'Nothing is ever run on this target; what is proposed for it must be done by hand.',
  remedy: ['dbmedic.yaml, this target: executor: { user: NAME, password: env:NAME }'],
}

const NO_WRITE: CapabilityReport = {
  id: 'write',
  available: false,
  found: 'nothing is to be written',
  consequence: 'Nothing is ever written there; what is proposed for it must be done by hand.',
  remedy: ['dbmedic.yaml, this target or repository: write: true'],
}

/**
 * The lines `check` compares an executor's account with, for one that is to run only these actions: what every run
 * reads, and what each of them needs. Placeholders and flavours are still in them.
 * @throws RangeError for an engine or an action this program does not have.
 */
export function grantsFor(engineId: string, actionIds: readonly string[]): readonly string[] {
  const { actions, executorReads } = engineEntry(engineId)
  const needed = actionIds.flatMap((id) => {
    const action = actions.find((each) => each.id === id)
    if (action === undefined) throw new RangeError(`there is no action ${id}`)
    return action.privileges
  })
  return [...new Set([...executorReads, ...needed])]
}

/** Actions that need the same are one need, named for the first of them. */
export function needsOf(
  actions: readonly Pick<AnyAction, 'id' | 'privileges'>[],
  reads: readonly string[],
): readonly PrivilegeNeed[] {
  const families = Map.groupBy(actions, (action) => JSON.stringify(action.privileges))
  return [
    {
      id: 'reads',
      grants: reads,
      consequence: 'Preconditions that read them cannot be checked, and an action with one is refused.',
    },
    ...[...families.values()].map((family) => ({
      id: family[0]?.id.replace(/^.*\//, '') ?? '',
      grants: family[0]?.privileges ?? [],
      consequence: `Cannot run: ${family.map((action) => action.id).join(', ')}.`,
    })),
  ]
}
