//! Mistakes in files of records from the field: all of them are told, and nothing of the file is taken.

/// Why a file is refused: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("{place}: unknown column {column}; known: {known}")]
    Column { place: String, column: String, known: String },
    #[error("{place}: {column} is in {unit}, {expected} is needed; convert the numbers")]
    Unit { place: String, column: String, unit: String, expected: String },
    #[error("{place}: {column} is not filled")]
    Missing { place: String, column: &'static str },
    #[error("{place}: {column} is {text}; write one of {known}")]
    Word { place: String, column: &'static str, text: String, known: &'static str },
    #[error("{place}: {text} is not a day; write 2018-04-20")]
    Date { place: String, text: String },
    #[error("{place}: {column} is {text}; write a number, <limit, 未检出 or 未测")]
    Value { place: String, column: String, text: String },
    #[error("{place}: {number} is the number of another record already ({first}); give each its own")]
    Twice { place: String, number: String, first: String },
    #[error("{place}: a {what} of {number}, which has no sample; the sample's row comes with it")]
    Alone { place: String, number: String, what: &'static str },
    #[error("{place}: {number} was {state}, and has values; one of the two is wrong")]
    Unsampled { place: String, number: String, state: &'static str },
}

impl Mistake {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Mistake::Column { place, column, known } => format!("{place}：不认识的列“{column}”；可用：{known}"),
            Mistake::Unit { place, column, unit, expected } => {
                format!("{place}：“{column}”的计量单位是 {unit}，应为 {expected}；请换算")
            }
            Mistake::Missing { place, column } => format!("{place}：没有填“{column}”"),
            Mistake::Word { place, column, text, known } => {
                format!("{place}：“{column}”填了“{text}”；应为 {known} 之一")
            }
            Mistake::Date { place, text } => format!("{place}：“{text}”不是日期；写作 2018-04-20"),
            Mistake::Value { place, column, text } => {
                format!("{place}：“{column}”填了“{text}”；写数值、<检出限、未检出或未测")
            }
            Mistake::Twice { place, number, first } => {
                format!("{place}：编号 {number} 已用于另一条记录（{first}）；每条一个编号")
            }
            Mistake::Alone { place, number, what } => {
                format!("{place}：{number} 的{what}样没有对应的样品；须与样品在同一文件")
            }
            Mistake::Unsampled { place, number, state } => {
                format!("{place}：{number} 的状态是{state}，却有测得值；二者必有一误")
            }
        }
    }
}
