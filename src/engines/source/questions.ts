/** Answers questions about one repository. It reads only, and never rejects: what cannot be told is unknown. */
import { createHash } from 'node:crypto'
import type { TargetAddress } from '../../core/engine.ts'
import type { Ask, Reading } from '../../core/observer.ts'
import { fromMs } from '../../core/time.ts'
import { readBackup } from './files/backups.ts'
import { Folder, inFolderOf, OutsideRoot } from './files/folder.ts'
import { type FoundFile, readEntry, textOf } from './files/read-file.ts'
import { readCommit } from './git-commit.ts'
import { rootOf } from './identity.ts'
import { writeStep } from './patch-step.ts'
import type { CodeReader, PatchTexts, SourceQuestions } from './shapes.ts'

/** Why a question has no answer, for people. */
class NoAnswer extends Error {
  readonly toProceed: string
  constructor(because: string, toProceed = 'Scan the repository again.') {
    super(because)
    this.toProceed = toProceed
  }
}

type Answers = {
  readonly [K in keyof SourceQuestions]: (
    params: SourceQuestions[K]['params'],
  ) => Promise<SourceQuestions[K]['answer']> | SourceQuestions[K]['answer']
}

/** The questions of one repository. */
export function createAsk(address: TargetAddress, reader: CodeReader): Ask<SourceQuestions> {
  const answers = answersOf(() => rootOf(address), reader)
  const ask = async (kind: string, params: unknown): Promise<Reading<unknown>> => {
    try {
      if (!Object.hasOwn(answers, kind)) throw new NoAnswer(`a repository is not asked for ${kind}`)
      const answer = answers[kind as keyof Answers] as (given: unknown) => unknown
      const value = await answer(params)
      return { known: true, value, at: fromMs(Date.now()), source: `${kind} of the repository` }
    } catch (error) {
      return { known: false, because: becauseOf(error), toProceed: nextOf(error) }
    }
  }
  return ask as Ask<SourceQuestions>
}

function becauseOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined) return `the repository cannot be read: ${code}`
  return error instanceof Error ? error.message : 'it cannot be told'
}

const nextOf = (error: unknown): string =>
  error instanceof NoAnswer
    ? error.toProceed
    : 'Check the path of the repository and what this process may read.'

function answersOf(root: () => string, reader: CodeReader): Answers {
  return {
    repository: () => repositoryAt(root()),
    file: ({ path }) => ({ digest: fileAt(root(), path)?.digest ?? null }),
    code: ({ path }) => {
      if (fileAt(root(), path) === null) throw new NoAnswer('the file is not there any more')
      return reader.state(root(), path)
    },
    patch: async ({ path, fixes }) => {
      const at = root()
      if (fileAt(at, path) === null) throw new NoAnswer('the file is not there any more')
      const made = await reader.patch(at, path, fixes)
      if ('because' in made) throw new NoAnswer(made.because)
      const { diff, undoDiff, ...facts } = made
      return { ...facts, ...texts(at, { ...facts, path, diff, undoDiff }) }
    },
    restore: (given) => restore(root(), given, reader),
  }
}

function repositoryAt(root: string): SourceQuestions['repository']['answer'] {
  const commit = readCommit(root)
  const digest = createHash('sha256').update(`commit ${commit ?? 'none'}`)
  return { root, commit, digest: digest.digest('hex') }
}

function fileAt(root: string, path: string): FoundFile | null {
  const folder = Folder.root(root)
  try {
    return inFolderOf(folder, path, (own, name) => readEntry(own, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof OutsideRoot)
      throw new NoAnswer(`the file is not one that is changed: ${error.message}`)
    throw error
  } finally {
    folder.close()
  }
}

interface Made {
  readonly path: string
  readonly before: string
  readonly after: string
  readonly diff: string
  readonly undoDiff: string
}

function texts(root: string, { path: file, before, after, diff, undoDiff }: Made): PatchTexts {
  const of = { root, commit: readCommit(root), file }
  return {
    text: writeStep({ ...of, before, after, diff }),
    undoText: writeStep({ ...of, before: after, after: before, diff: undoDiff }),
  }
}

function restore(
  root: string,
  given: SourceQuestions['restore']['params'],
  reader: CodeReader,
): SourceQuestions['restore']['answer'] {
  const now = fileAt(root, given.path)
  if (now === null) throw new NoAnswer('the file is not there any more')
  if (now.digest !== given.before)
    throw new NoAnswer(
      'the file has changed since',
      'Take the change back by hand, or with the repository’s own tools.',
    )
  const kept = readBackup(root, { file: given.path, before: given.after, after: given.before })
  const [before, after] = [textOf(now.bytes), kept === null ? null : textOf(kept)]
  if (before === null || after === null)
    throw new NoAnswer(
      'what the file was is not kept any more',
      'Look into .dbmedic/backups of the repository.',
    )
  const [diff, undoDiff] = [reader.diff(given.path, before, after), reader.diff(given.path, after, before)]
  return texts(root, { ...given, diff, undoDiff })
}
