/** One session that may change files of one repository, for one run. What may be sent is decided elsewhere. */
import type { ActSession, Actuator, FormerSession, FormerState, StepResult } from '../../../core/actuator.ts'
import type { TargetAddress } from '../../../core/engine.ts'
import type { ServerMessage } from '../../../core/nouns.ts'
import type { Ask, Identity, Reading } from '../../../core/observer.ts'
import type { Step } from '../../../core/plan.ts'
import { fromMs } from '../../../core/time.ts'
import { applyDiff } from '../files/apply-diff.ts'
import { Folder } from '../files/folder.ts'
import { type Replaced, replaceFile } from '../files/replace-file.ts'
import { beginSession, endSession } from '../files/state-folder.ts'
import { readIdentity, rootOf } from '../identity.ts'
import { readStep } from '../patch-step.ts'
import { createAsk } from '../questions.ts'
import type { CodeReader, SourceQuestions } from '../shapes.ts'

/** Opens sessions on a repository. `open` rejects where the root cannot be written. */
export const createActuator = (address: TargetAddress, reader: CodeReader): Actuator<SourceQuestions> => ({
  open: async () => {
    const root = rootOf(address)
    return new SourceActSession({ address, root, reader, connectionId: inRoot(root, beginSession) })
  },
})

interface Parts {
  readonly address: TargetAddress
  /** The root as it was when the session began. */
  readonly root: string
  readonly reader: CodeReader
  readonly connectionId: string
}

function inRoot<T>(path: string, work: (root: Folder) => T): T {
  const root = Folder.root(path)
  try {
    return work(root)
  } finally {
    root.close()
  }
}

/** See `ActSession`. A step is done within one turn of the event loop, so there is nothing to cancel half-way. */
class SourceActSession implements ActSession<SourceQuestions> {
  readonly ask: Ask<SourceQuestions>
  readonly connectionId: string
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    this.connectionId = parts.connectionId
    this.ask = createAsk(parts.address, parts.reader)
  }

  async identity(): Promise<Reading<Identity>> {
    return readIdentity(this.#parts.address)
  }

  /** @throws the system's error once the rename was begun: only the file itself says whether it was done. */
  async send(step: Step, mayGo: () => boolean = () => true): Promise<StepResult> {
    if (step.onlyIf !== null) return answer(NO_CONDITION)
    const patch = readStep(step.text)
    if (patch === null) return answer({ is: 'refused', because: 'the step is no patch of a file' })
    const { root, connectionId } = this.#parts
    if (patch.root !== root)
      return answer({ is: 'refused', because: 'the step is about another repository than this one' })
    const { file, before, after, diff } = patch
    return answer(
      replaceFile({
        replacement: { root, file, before, after, change: (text) => applyDiff(text, diff) },
        session: connectionId,
        at: fromMs(Date.now()),
        mayGo,
      }),
    )
  }

  async cancel(): Promise<void> {
    // `mayGo` is asked right before the rename.
  }

  async endFormer({ connectionId }: FormerSession): Promise<FormerState> {
    return inRoot(this.#parts.root, (root) => endSession(root, connectionId)) ? 'gone' : 'working'
  }

  async close(): Promise<void> {
    inRoot(this.#parts.root, (root) => endSession(root, this.connectionId))
  }
}

const NO_CONDITION: Replaced = { is: 'refused', because: 'a step on a file has its condition in its digest' }
const WITHHELD: ServerMessage = {
  level: 'Warning',
  code: 'WITHHELD',
  text: 'not written: it was no longer allowed',
}

function answer(replaced: Replaced): StepResult {
  switch (replaced.is) {
    case 'replaced':
      return {
        ok: true,
        affectedRows: null,
        messages: [
          { level: 'Note', code: 'BACKUP', text: `what it was is kept: .dbmedic/backups/${replaced.backup}` },
        ],
        skipped: false,
      }
    case 'withheld':
      return { ok: true, affectedRows: null, messages: [WITHHELD], skipped: true }
    case 'refused':
      return {
        ok: false,
        affectedRows: null,
        messages: [{ level: 'Error', code: 'REFUSED', text: replaced.because }],
        skipped: false,
      }
  }
}
