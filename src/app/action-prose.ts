/** What a person should know of an action, as its page in docs/actions says it before the facts. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Where the facts of the code begin on such a page. */
const FACTS = '<!-- facts'
const read = new Map<string, Promise<readonly string[]>>()

/**
 * The paragraphs of an action's page, as Markdown of `code` and **strong** words only; none where this installation
 * has no docs folder. @param actionId of the catalogue, never what somebody typed: it is a path.
 */
export function actionProse(actionId: string): Promise<readonly string[]> {
  const known = read.get(actionId) ?? readProse(actionId)
  read.set(actionId, known)
  return known
}

async function readProse(actionId: string): Promise<readonly string[]> {
  const path = fileURLToPath(new URL(`../../docs/actions/${actionId}.md`, import.meta.url))
  const page = await readFile(path, 'utf8').catch(() => '')
  const [prose = ''] = page.split(FACTS, 1)
  return prose
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' ').trim())
    .filter((paragraph) => paragraph !== '' && !paragraph.startsWith('#'))
}
