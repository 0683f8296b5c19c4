/** Which files a scan may read at all, by their names. */
import { SETTINGS } from './file-facts.ts'
import { COMPONENT_EXTENSIONS, SCRIPT_EXTENSIONS } from './tree.ts'

const EXTENSIONS: ReadonlySet<string> = new Set(['sql', ...SCRIPT_EXTENSIONS, ...COMPONENT_EXTENSIONS])
const NAMES: ReadonlySet<string> = new Set(
  ['package.json', '.gitignore', ...SETTINGS].map((each) => each.slice(each.lastIndexOf('/') + 1)),
)

/** Whether a change of a file can change what a scan finds. @param path - with `/` */
export function sourceMatters(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return NAMES.has(name) || EXTENSIONS.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase())
}
