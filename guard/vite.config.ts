// Builds each module the guard uses into a file of its own, because tables are looked for beside the file that reads them.
import { isBuiltin } from 'node:module'
import { defineConfig } from 'vite'

export default defineConfig({
  build: {
    ssr: true,
    minify: false,
    target: 'node22',
    rolldownOptions: {
      input: 'src/index.ts',
      external: (id) => isBuiltin(id),
      treeshake: { moduleSideEffects: false },
      output: { preserveModules: true, preserveModulesRoot: '..', entryFileNames: '[name].js' },
    },
  },
})
