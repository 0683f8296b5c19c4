/** `node replace-process.ts ROOT FILE SESSION STEP`: replaces a file and is killed right before the step. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../src/engines/source/files/read-file.ts'
import { replaceFile } from '../../src/engines/source/files/replace-file.ts'

const [root = '', file = '', session = '', step = ''] = process.argv.slice(2)
const before = readFileSync(join(root, file))
const change = (text: string): string => text.replace('b = 2', 'b = 3')
replaceFile({
  replacement: {
    root,
    file,
    before: digestOf(before),
    after: digestOf(Buffer.from(change(before.toString()))),
    change,
  },
  session,
  at: '2026-11-21T23:45:00.000000Z',
  mayGo: () => true,
  reached: (at) => {
    if (at === step) process.kill(process.pid, 'SIGKILL')
  },
})
