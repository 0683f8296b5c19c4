/** Reads an application's code for the engine that changes it: each question is a scan of its own, in a thread of its own. */
import { Worker } from 'node:worker_threads'
import type { CodeReader } from '../engines/source/index.ts'
import { textDiff } from '../scanner/index.ts'
import type { CodeQuestion } from './scan-thread.ts'

/** Two scans, each bounded by two minutes, are what one question takes at most, ms. */
const LONGEST_MS = 270_000
/** Memory of a scan, MiB. */
const MOST_MEMORY_MB = 2_048

/** See `CodeReader`. A scan that fails or takes too long rejects with the reason. */
export const codeReader: CodeReader = {
  patch: (root, file, fixes) => ask({ kind: 'patch', root, file, fixes }),
  state: (root, file) => ask({ kind: 'state', root, file }),
  diff: textDiff,
}

function ask<T>(question: CodeQuestion): Promise<T> {
  const thread = new Worker(new URL('./scan-thread.ts', import.meta.url), {
    workerData: question,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  })
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(new Error('the scan took too long')), LONGEST_MS)
  thread.once('message', resolve)
  thread.once('error', (error: Error) => reject(new Error(`the scan failed: ${error.message}`)))
  thread.once('exit', () => reject(new Error('the scan ended without an answer')))
  return promise.finally(() => {
    clearTimeout(timer)
    void thread.terminate()
  })
}
