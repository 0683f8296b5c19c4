/** Engine `source`: the code of an application in a folder of this machine, as a target like any other. */
import type { Engine } from '../../core/engine.ts'
import { createActuator } from './act/act-session.ts'
import { access, createSourceObserver } from './observer.ts'
import { resolve } from './resolve.ts'
import type { CodeReader, SourceQuestions, SourceSnapshots } from './shapes.ts'

export { checkShape } from './resolve.ts'
export type { CodePatch, CodeReader, CodeState } from './shapes.ts'

/** The engine. It reads code through what it is given, and knows files only. */
export const sourceEngine = (reader: CodeReader): Engine<SourceSnapshots, SourceQuestions> => ({
  id: 'source',
  observe: (address) => createSourceObserver(address, reader),
  act: (address) => createActuator(address, reader),
  checkExecutor: async (address) => {
    const problem = access(address, 'write')
    return [
      {
        id: 'write',
        available: problem === null,
        found: problem === null ? 'the folder can be written' : `the folder cannot be written: ${problem}`,
        consequence: 'Nothing that is approved for the repository can be carried out.',
        remedy: problem === null ? [] : ['Let the user this process runs as write the folder.'],
      },
    ]
  },
  resolve: resolve as Engine<SourceSnapshots, SourceQuestions>['resolve'],
  series: async () => [],
})
