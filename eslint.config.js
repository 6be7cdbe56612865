import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Syntax that the house does without, each with what is written instead. */
const refused = [
  { selector: 'TSEnumDeclaration', message: 'No enum: write a union of string literals.' },
  { selector: 'TSModuleDeclaration', message: 'No namespace: a module is one already.' },
  { selector: 'ExportDefaultDeclaration', message: 'No default export: write `export const name`.' },
  { selector: 'ExportAllDeclaration', message: 'No barrel: import from the file that makes the thing.' },
  { selector: 'TSParameterProperty', message: 'No parameter property: declare the field, then assign it.' },
];
const reExport = {
  selector: 'ExportNamedDeclaration[source]',
  message: 'No re-export: import from the file that makes the thing.',
};

export const rules = defineConfig(
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, allowDefaultCaseForExhaustiveSwitch: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/method-signature-style': ['error', 'property'],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A type parameter may tie an argument to a brand without occurring twice.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // A port is asynchronous by its type, also where one implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-unused-labels': 'error',
      'no-duplicate-case': 'error',
      'no-sparse-arrays': 'error',
      'no-useless-catch': 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...refused],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...refused, reExport],
      '@typescript-eslint/max-params': ['error', { max: 4 }],
    },
  },
  {
    // A `describe` is one long function, and a test may say `!` where its own last line made the value.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Matchers such as `expect.any` have no type of their own.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  {
    // Here people read what is printed.
    files: ['scripts/**', '.ci/**', 'bench/**', 'test/sim/run.ts', 'src/apps/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // What a file of another kind exports is declared as a module.
    files: ['web/**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // Tools ask for a default export in their configuration.
    files: ['*.config.ts', '*.config.js'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs', '*.config.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', module: 'writable' },
    },
  },
);

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'contracts/', 'web/dist/', 'test/canaries/', '.devnet/', '.conclave/'] },
  rules,
);
