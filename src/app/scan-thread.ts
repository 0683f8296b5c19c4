/** A thread that scans a repository for one question, so that a scan of seconds holds up nothing else, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { changeOf, fileState } from '../scanner/index.ts'

/** What is asked. */
export type CodeQuestion =
  | {
      readonly kind: 'patch'
      readonly root: string
      readonly file: string
      readonly fixes: readonly string[]
    }
  | { readonly kind: 'state'; readonly root: string; readonly file: string }

const { root, file, ...asked } = workerData as CodeQuestion
const answer = asked.kind === 'patch' ? changeOf(root, file, asked.fixes) : fileState(root, file)
parentPort?.postMessage(await answer)
