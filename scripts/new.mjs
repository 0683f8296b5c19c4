/**
 * `npm run new -- KIND ENGINE/NAME`: stubs a catalogue item: code, a test that fails until it is written,
 * doc, and its line in the list. Kinds: detector, diagnosis, action; `rule NAME`, which belongs to no engine. Nothing is overwritten.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT, say, stop, underRightNode } from './bootstrap.mjs'
import { TEMPLATES } from './new-templates.mjs'

await underRightNode()
const KINDS = {
  detector: { folder: 'detectors', list: () => 'src/detectors/index.ts' },
  diagnosis: { folder: 'diagnoses', list: () => 'src/diagnoses/index.ts' },
  action: { folder: 'actions', list: (engine) => `src/actions/${engine}/index.ts` },
  rule: { folder: 'rules', list: () => 'src/rules/index.ts' },
}

const [kind, path = '', ...rest] = process.argv.slice(2)
const [engine, name] = kind === 'rule' ? ['', path] : path.split('/')
check()
const item = describe()
const files = TEMPLATES[kind](item)
const taken = Object.keys(files).filter((file) => existsSync(join(ROOT, file)))
if (taken.length > 0) stop(`there is already ${taken.join(', ')}`)
for (const [file, text] of Object.entries(files)) {
  mkdirSync(dirname(join(ROOT, file)), { recursive: true })
  writeFileSync(join(ROOT, file), text)
  say(`wrote ${file}`)
}
addToList(KINDS[kind].list(engine))

function check() {
  const kinds = Object.keys(KINDS)
  if (!kinds.includes(kind) || rest.length > 0) stop(`usage: npm run new -- ${kinds.join('|')} ENGINE/NAME`)
  if (kind === 'rule') {
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(path))
      stop(`${path || 'the name'} is not in kebab case, e.g. missing-index`)
    return
  }
  if (!/^[a-z0-9]+\/[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(path)) {
    stop(`${path || 'the name'} is not of the form ENGINE/NAME in kebab case, e.g. mysql/lock-wait`)
  }
  const engines = readdirSync(join(ROOT, 'src/engines'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  if (!engines.includes(engine)) stop(`there is no engine ${engine}; there are: ${engines.join(', ')}`)
}

/** The words the templates are made of, e.g. `lock-wait`, `lockWait`, `Lock wait`. */
function describe() {
  const words = name.split('-')
  const capital = (word) => word[0].toUpperCase() + word.slice(1)
  const title = capital(words.join(' '))
  return {
    id: name.toUpperCase().replaceAll('-', '_'),
    engine,
    name,
    identifier: words[0] + words.slice(1).map(capital).join(''),
    title,
    Engine: engine === '' ? '' : capital(engine),
    folder: KINDS[kind].folder,
  }
}

/** Adds the import and the item; biome puts the import in its place. */
function addToList(list) {
  const file = join(ROOT, list)
  const text = readFileSync(file, 'utf8')
  const isTop = list.startsWith(`src/${item.folder}/index`) && engine !== ''
  const from = isTop ? `./${engine}/${name}.ts` : `./${name}.ts`
  const named = text.replace(/^import /m, `import { ${item.identifier} } from '${from}'\nimport `)
  const array = kind === 'action' ? /(return \[[^\]]*?),?(\s*\])/ : arrayOf(item)
  const listed = named.replace(array, `$1, ${item.identifier}$2`)
  if (named === text || listed === named)
    stop(`${list} has no list I know how to add to; add ${item.identifier} yourself`)
  writeFileSync(file, listed)
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
  spawnSync(process.execPath, [biome, 'check', '--write', file], { cwd: ROOT, stdio: 'ignore' })
  say(`added ${item.identifier} to ${list}`)
}

function arrayOf({ folder }) {
  if (folder === 'rules') return /(export const CODE_RULES: readonly CodeRule\[\] = \[[^\]]*?),?(\s*\])/
  return new RegExp(`(export const ${engine.toUpperCase()}_${folder.toUpperCase()} = \\[[^\\]]*?),?(\\s*\\])`)
}
