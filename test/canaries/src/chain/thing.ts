export const chain = 'chain';
