import '../../scripts/tool.ts';
