/** How @swc/core reads our TypeScript: as tsconfig.json says it. */
export const swcOptions = (moduleType) => ({
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: moduleType },
});
