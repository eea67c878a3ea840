export default {
  'zh-CN': {
    registers: {
      findings: { title: '结论台账', lead: '本辖区已保存的审查结论，新的在前；结论一经保存不再改变。', text: '项目名称', decision: '结论', all: '全部', id: '编号', project: '项目', caption: '结论', unnamed: '未命名项目' },
      decision: { prohibited: '禁止准入', restricted: '限制准入', allowed: '可以准入', undetermined: '尚不能判定' },
      project: {
        title: '项目', site: '场址', no_site: '没有场址坐标', finding: '最近的结论', cases: '办件', none: '没有', lists: '所在名单', versions: '历次版本', version: '第 {n} 版',
        edit: '更正', name: '项目名称', applicant: '申请单位', industry: '行业代码', save: '保存为新版本', kept: '已保存为第 {n} 版', area: '所在县', asked: '申报的内容',
      },
      keys: { import: '导入名单', file: '名单文件（.xlsx、.csv）', lead: '表头与导出的相同；要么全部导入，要么一件不导。名单、辖区、项目名称都相同的，更新原来的一行。', check: '只检查', load: '导入', checked: '{rows} 行，没有错处：将新列入 {added} 项、更新 {changed} 项。', loaded: '已新列入 {added} 项、更新 {changed} 项。', project: '项目台账里的项目（可不选）', find: '按名称查找', nothing: '不挂钩', linked: '打开项目' },
      liaison: { add: '登记联络员', change: '修改', off: '不再担任', active: '在任', gone: '已卸任', save: '保存', cancel: '取消', state: '状态', organisation: '单位' },
      steps: { kept: '承诺的事项', yes: '已做到', no: '没有做到', from_finding: '带入结论列明的待补事项（{n}）', none: '结论没有列明待补事项', departments: '本辖区的单位' },
      time: { title: '办理时效', lead: '期间收件的办件办得怎样；逾期按放假调休日历推算，停止计时的日子除外。', since: '收件自', until: '至', look: '查看', none: '这个期间没有收件。', total: '合计', organisation: '承办单位', received: '收件', decided: '已决定', in_time: '按期', too_late: '逾期', open_late: '未决定已逾期', returned: '不予受理、撤回', against: '与结论不一致', not_kept: '承诺不符', key: '重点项目' },
      sites: { title: '场址一览', count: '图上 {n} 个场址；点一个看它的项目。', more: '只画最新的 {n} 个，缩小查找范围可看其余。', none: '这些项目没有场址坐标。', without: '另有 {n} 个没有坐标。' },
      publication: { fill: '填写拟作出的决定和反馈方式', decision: '拟作出的决定', blank: '留空', contact: '反馈方式（电话、邮箱、地址）', until: '公示到哪天（不填按规定）' },
      today: { checks: '承诺待核查或核查不符' },
      only_failed: '只看承诺核查不符', month: '（{n} 月）',
    },
  },
  en: {
    registers: {
      findings: { title: 'Findings', lead: 'Findings of your area that were kept, the newest first; a kept finding never changes.', text: 'Project', decision: 'Finding', all: 'All', id: 'Id', project: 'Project', caption: 'Findings', unnamed: 'Unnamed project' },
      decision: { prohibited: 'Prohibited', restricted: 'Restricted', allowed: 'Allowed', undetermined: 'Undetermined' },
      project: {
        title: 'Project', site: 'Site', no_site: 'No coordinates of the site', finding: 'Latest finding', cases: 'Filings', none: 'None', lists: 'On lists', versions: 'Versions', version: 'Version {n}',
        edit: 'Put right', name: 'Name', applicant: 'Applicant', industry: 'Industry code', save: 'Keep as a new version', kept: 'Kept as version {n}', area: 'County', asked: 'What was filed',
      },
      keys: { import: 'Import a list', file: 'List (.xlsx, .csv)', lead: 'Headers as exported; all rows or none. A row of the same list, area and name changes the one that is there.', check: 'Check only', load: 'Import', checked: '{rows} rows, nothing wrong: {added} to be added, {changed} to be changed.', loaded: '{added} added, {changed} changed.', project: 'Project of the register (optional)', find: 'Find by name', nothing: 'None', linked: 'Open the project' },
      liaison: { add: 'Register a liaison officer', change: 'Change', off: 'No longer in office', active: 'In office', gone: 'Left', save: 'Save', cancel: 'Cancel', state: 'State', organisation: 'Organisation' },
      steps: { kept: 'What was committed to', yes: 'was done', no: 'was not done', from_finding: 'Take over what the finding leaves open ({n})', none: 'The finding leaves nothing open', departments: 'Organisations of the area' },
      time: { title: 'Handled in time', lead: 'What became of the filings received in a period; lateness by the calendar of working days, stopped clocks left out.', since: 'Received from', until: 'to', look: 'Show', none: 'Nothing was received in this period.', total: 'Total', organisation: 'Handled by', received: 'Received', decided: 'Decided', in_time: 'In time', too_late: 'Late', open_late: 'Open and late', returned: 'Not accepted, withdrawn', against: 'Against the finding', not_kept: 'Commitment not kept', key: 'Key projects' },
      sites: { title: 'Sites on the map', count: '{n} sites on the map; tap one for its project.', more: 'Only the latest {n} are drawn; narrow the search for the others.', none: 'These projects have no coordinates.', without: '{n} more have no coordinates.' },
      publication: { fill: 'Fill in the proposed decision and where to object', decision: 'Proposed decision', blank: 'Leave blank', contact: 'Where to object (phone, mail, address)', until: 'Until (else as long as the law asks)' },
      today: { checks: 'Commitments to be checked, or not kept' },
      only_failed: 'Commitment not kept only', month: '(month {n})',
    },
  },
}
