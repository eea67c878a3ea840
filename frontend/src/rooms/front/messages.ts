export default {
  'zh-CN': {
    front: {
      title: '首页',
      question: '这里可以建什么，要办什么？',
      lead: '绿尺用山西省生态环境政策回答：每一句话都有文件和条款的依据；不知道的，说不知道，并说明缺什么。',
    },
  },
  en: {
    front: {
      title: 'Start',
      question: 'What may be built here, and what must be filed?',
      lead: 'Greenrule answers from the ecological policy of Shanxi Province. Every sentence cites its document and clause; what is unknown is said to be unknown, with what is missing.',
    },
  },
}
