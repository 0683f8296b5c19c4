/** The state of a folder in git's index, and in HEAD: what is listed, what differs, and the texts that the working files do not have. */
import { realpathSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { DbmedicError } from '../../core/errors.ts'
import { DISK, type ListedFile, listedFiles, type SourceFiles, sourceMatters } from '../../scanner/index.ts'
import { runGit } from './run-git.ts'

/** Largest file whose text is asked of git, bytes: the largest the scanner searches. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024
/** All texts that are asked of git together, bytes; of files beyond that the scan says that they cannot be read. */
const TEXTS_BYTES_MAX = 192 * 1024 * 1024

/** A folder as the next commit would have it, and as the last one has it. */
export interface StagedTree {
  /** Absolute path of the folder, links resolved. */
  readonly root: string
  /** Paths relative to it that the next commit changes, as they are called in it; those it removes included. */
  readonly staged: ReadonlySet<string>
  /** By the path in the next commit the one in the last, where a file is renamed. */
  readonly renamed: ReadonlyMap<string, string>
  /** Whether anything is among them that a scan reads. */
  readonly matters: boolean
  readonly index: SourceFiles
  readonly head: SourceFiles
}

/** One line of `git diff-index --raw`. */
interface Change {
  readonly from: Blob | null
  readonly to: Blob | null
}

interface Blob {
  readonly path: string
  /** Of a link or another repository it is none that is read. */
  readonly isFile: boolean
  readonly id: string
}

/**
 * Reads it.
 * @throws DbmedicError DBM_USAGE where the folder is in no repository, or files are unmerged
 */
export async function stagedTree(folder: string): Promise<StagedTree> {
  const root = realpathSync(resolve(folder))
  const index = await givenIndex(root)
  const base = await headOf(root, index)
  const emptied = await filters(root)
  const git = (...args: string[]): Promise<Buffer> => runGit(root, args, { index, emptied })
  const [listed, staged, unsaved] = await Promise.all([
    git('ls-files', '-z', '-v', '--stage'),
    git('diff-index', '--cached', ...RAW, '-M', '-l400', base),
    git('diff-files', ...RAW, '--no-renames', '--ignore-submodules=all'),
  ])
  const changes = changesIn(staged)
  // What is only meant to be added has no text in the index yet: it shows as added in the working tree.
  const edits = changesIn(unsaved)
  const meant = new Set(edits.flatMap(({ from, to }) => (from === null && to !== null ? [to.path] : [])))
  const differs = new Set(edits.flatMap(({ from, to }) => [from?.path ?? '', to?.path ?? '']))
  const entries = entriesIn(listed).filter(({ path }) => !meant.has(path))
  const paths = changes.map(({ from, to }) => to?.path ?? from?.path ?? '')
  const matters = changes.some(({ from, to }) =>
    [from, to].some((each) => each !== null && sourceMatters(each.path)),
  )
  const renamed = changes.flatMap(({ from, to }) =>
    from !== null && to !== null && from.path !== to.path ? [[to.path, from.path] as const] : [],
  )
  const known = { root, staged: new Set(paths), renamed: new Map(renamed), matters }
  const listedAs = matters ? await states({ root, index, entries, changes, differs }) : NOTHING
  return { ...known, index: listedFiles(root, listedAs.now), head: listedFiles(root, listedAs.before) }
}

interface States {
  readonly now: ReadonlyMap<string, ListedFile>
  readonly before: ReadonlyMap<string, ListedFile>
}

const NOTHING: States = { now: new Map(), before: new Map() }

/** The files of the next commit and of the last one, of those a scan reads. */
async function states(given: {
  readonly root: string
  readonly index: string | null
  readonly entries: readonly Entry[]
  readonly changes: readonly Change[]
  readonly differs: ReadonlySet<string>
}): Promise<States> {
  const { root, changes } = given
  const read = given.entries.filter(isRead)
  // What the working folder has as the index has it is read there; git gives the rest.
  const isOwn = (each: Entry): boolean => each.asIndexed || given.differs.has(each.path)
  const olds = changes.flatMap(({ from }) => (from !== null && isRead(from) ? [from] : []))
  const texts = await textsOf(root, [...read.filter(isOwn), ...olds], given.index)
  const now = new Map(
    read.map((each) => [each.path, isOwn(each) ? blobFile(each.id, texts) : workingFile(root, each.path)]),
  )
  const before = new Map(now)
  for (const { to } of changes) if (to !== null) before.delete(to.path)
  for (const each of olds) before.set(each.path, blobFile(each.id, texts))
  return { now, before }
}

const isRead = ({ path, isFile }: Blob): boolean => isFile && sourceMatters(path)

const RAW = ['--raw', '-z', '--no-abbrev', '--relative', '--ita-invisible-in-index']

/** Programs that make one text of another (clean, process): git compares with what they make where times alone do not tell. */
async function filters(root: string): Promise<readonly string[]> {
  try {
    const found = await runGit(root, ['config', '-z', '--name-only', '--get-regexp', '^filter\\.'], {})
    return recordsOf(found).filter((name) => /\.(clean|process|smudge|required)$/.test(name))
  } catch {
    // It ends with 1 where there are none.
    return []
  }
}

/**
 * The index a commit in progress uses: `git commit -a` and `git commit FILE` make one of their own and name it to hooks. One of
 * another repository is not taken.
 */
async function givenIndex(root: string): Promise<string | null> {
  const given = process.env['GIT_INDEX_FILE'] ?? ''
  if (given === '') return null
  const own = (await runGit(root, ['rev-parse', '--absolute-git-dir'])).toString().trimEnd()
  try {
    const path = realpathSync(resolve(given))
    return path.startsWith(realpathSync(own) + sep) ? path : null
  } catch {
    return null
  }
}

/** The last commit; the empty tree before the first one. */
async function headOf(root: string, index: string | null): Promise<string> {
  // Fails first where the folder is in no repository, so that this is what is said.
  const inside = (await runGit(root, ['rev-parse', '--is-inside-work-tree'], { index })).toString().trim()
  if (inside !== 'true')
    throw new DbmedicError('DBM_USAGE', {
      problem: `${root} is in no working tree`,
      hint: 'Name a folder of one: dbmedic scan --staged FOLDER',
    })
  try {
    return (await runGit(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { index }))
      .toString()
      .trim()
  } catch {
    return (await runGit(root, ['hash-object', '-t', 'tree', '--stdin'], { index })).toString().trim()
  }
}

interface Entry extends Blob {
  /** True where the working file says nothing of it: it is not checked out, or git was told not to look. */
  readonly asIndexed: boolean
}

/** `H 100644 <id> 0\t<path>` */
function entriesIn(listed: Buffer): readonly Entry[] {
  const entries: Entry[] = []
  for (const line of recordsOf(listed)) {
    const found = /^(\S) (\d{6}) ([0-9a-f]+) ([0-3])\t([\s\S]+)$/.exec(line)
    if (found === null) continue
    const [, tag = '', mode = '', id = '', stage = '', path = ''] = found
    if (stage !== '0') throw unmerged(path)
    if (isPlain(path)) entries.push({ path, id, isFile: isFileMode(mode), asIndexed: tag !== 'H' })
  }
  return entries
}

/** `:100644 100644 <id> <id> R100\0<path>\0<path>\0` */
function changesIn(raw: Buffer): readonly Change[] {
  const records = recordsOf(raw)
  const changes: Change[] = []
  let at = 0
  for (let line = CHANGE.exec(records[0] ?? ''); line !== null; line = CHANGE.exec(records[at] ?? '')) {
    const names = /[RC]/.test(line[5] ?? '') ? 2 : 1
    changes.push(...changeOf(line, records.slice(at + 1, at + 1 + names)))
    at += 1 + names
  }
  return changes
}

const CHANGE = /^:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])/

function changeOf(line: RegExpExecArray, paths: readonly string[]): readonly Change[] {
  const field = (at: number): string => line[at] ?? ''
  const status = field(5)
  const first = paths[0] ?? ''
  if (status === 'U') throw unmerged(first)
  if (!paths.every(isPlain)) return []
  const from = { path: first, id: field(3), isFile: isFileMode(field(1)) }
  const to = { path: paths[1] ?? first, id: field(4), isFile: isFileMode(field(2)) }
  return [{ from: /[AC]/.test(status) ? null : from, to: status === 'D' ? null : to }]
}

const recordsOf = (raw: Buffer): readonly string[] => raw.toString('utf8').split('\0').slice(0, -1)

const isFileMode = (mode: string): boolean => mode.startsWith('100')

/** git lets no other path into an index; one that was made by hand must not lead out of the folder. */
const isPlain = (path: string): boolean =>
  path !== '' && !path.split('/').some((part) => part === '' || part === '.' || part === '..')

const unmerged = (path: string): DbmedicError =>
  new DbmedicError('DBM_USAGE', {
    problem: `${path} is unmerged, so there is no one text of it that would be committed`,
    hint: 'Resolve the conflict and add the file; then scan again.',
  })

/** A file that the working folder has as the index has it. */
const workingFile = (root: string, path: string): ListedFile => ({
  size: () => DISK.size(join(root, path)),
  text: () => DISK.text(join(root, path), TEXT_BYTES_MAX),
  stamp: () => DISK.stamp(join(root, path)),
})

interface Text {
  readonly size: number
  /** Null for one that is too large to be asked for. */
  readonly text: string | null
}

/** Texts by the ids of their blobs. What this repository does not hold (a partial clone) is missing. */
async function textsOf(
  root: string,
  blobs: readonly Blob[],
  index: string | null,
): Promise<ReadonlyMap<string, Text>> {
  const ids = [...new Set(blobs.map(({ id }) => id))]
  if (ids.length === 0) return new Map()
  const ask = (how: string, which: readonly string[]): Promise<Buffer> =>
    runGit(root, ['cat-file', how], { index, input: which.map((id) => `${id}\n`).join('') })
  const sizes = (await ask('--batch-check', ids))
    .toString()
    .split('\n')
    .flatMap((line) => {
      const [, id = '', size = ''] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? []
      return id === '' ? [] : [[id, Number(size)] as const]
    })
  const wanted: (readonly [id: string, size: number])[] = []
  let left = TEXTS_BYTES_MAX
  for (const each of sizes) {
    if (each[1] > Math.min(TEXT_BYTES_MAX, left)) continue
    left -= each[1]
    wanted.push(each)
  }
  const texts = new Map<string, Text>(sizes.map(([id, size]) => [id, { size, text: null }]))
  const answer =
    wanted.length === 0
      ? Buffer.alloc(0)
      : await ask(
          '--batch',
          wanted.map(([id]) => id),
        )
  let at = 0
  for (const [id, size] of wanted) {
    const start = answer.indexOf(10, at) + 1
    texts.set(id, { size, text: answer.toString('utf8', start, start + size) })
    at = start + size + 1
  }
  return texts
}

const blobFile = (id: string, texts: ReadonlyMap<string, Text>): ListedFile => ({
  size: () => texts.get(id)?.size ?? null,
  text: () => texts.get(id)?.text ?? null,
  stamp: () => `blob:${id}`,
})
