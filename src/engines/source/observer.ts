/** The read-only side of a repository: questions, and no instruments. */
import { accessSync, constants } from 'node:fs'
import type { TargetAddress } from '../../core/engine.ts'
import type { CapabilityReport, Observer } from '../../core/observer.ts'
import { withoutInstruments } from '../../core/without-instruments.ts'
import { readIdentity, rootOf } from './identity.ts'
import { createAsk } from './questions.ts'
import type { CodeReader, SourceQuestions, SourceSnapshots } from './shapes.ts'

/** The observer of one repository. */
export function createSourceObserver(
  address: TargetAddress,
  reader: CodeReader,
): Observer<SourceSnapshots, SourceQuestions> {
  return {
    identity: async () => readIdentity(address),
    capabilities: async () => [mayRead(address)],
    ...withoutInstruments({
      because: 'a repository has no instruments',
      toProceed: 'Scan it: dbmedic scan',
    }),
    ask: createAsk(address, reader),
    close: async () => undefined,
  }
}

/** Whether this process may read, or also write, the root. */
export function access(address: TargetAddress, mode: 'read' | 'write'): string | null {
  try {
    accessSync(rootOf(address), mode === 'read' ? constants.R_OK : constants.R_OK | constants.W_OK)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no path is configured'
  }
}

function mayRead(address: TargetAddress): CapabilityReport {
  const problem = access(address, 'read')
  return {
    id: 'read',
    available: problem === null,
    found: problem === null ? 'the folder can be read' : `the folder cannot be read: ${problem}`,
    consequence: 'Without it nothing is proposed for the repository.',
    remedy: problem === null ? [] : ['dbmedic.yaml, this repository: path: FOLDER'],
  }
}
