//! Findings that come from reading a sheet, before any rule.

/// Codes of the native checks, beside the instrument's rules.
pub const NATIVE: [(&str, &str); 6] = [
    ("R-READ", "填写内容无法识别"),
    ("R-SIGN", "数值不得为负"),
    ("R-LIST", "代码不在代码表内"),
    ("R-FILL", "必填指标未填"),
    ("R-FORM", "应填或不应填的普查表"),
    ("R-NAME", "制度中没有的表或指标"),
];
