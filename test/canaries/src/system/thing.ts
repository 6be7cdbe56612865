export const system = 'system';
